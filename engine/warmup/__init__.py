"""What the engine gives the warm-up job."""
