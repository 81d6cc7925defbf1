"""The service: questions over HTTP. A thin face; what an answer is, the engine decides.

app.py      puts the parts together            front.py    hits, keys, caps, before the router
routes.py   the table of routes                builds.py   one build a question, a bounded pool
hits.py     stored bytes to a response         stream.py   a build as server-sent events
"""
