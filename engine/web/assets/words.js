// The words of the contract in the words of a shopper.

export const RELATIONS = {
  required_part: ["required part", "is needed to use it"],
  accessory: ["accessory", "is an accessory for it"],
  part_of_set: ["part of a set", "belongs to the same set"],
  often_bought_with: ["often bought with", "shoppers buy both"],
  substitute: ["substitute", "can take its place"],
  different_brand: ["different brand", "is the same thing from another brand"],
  compatible_with: ["compatible with", "fits it"],
  variant_of: ["variant of", "is a variant of it"],
  satisfies: ["covers the need", "covers the need"],
  used_for: ["used for", "is used for it"],
};
export const relationName = (relation) => (RELATIONS[relation] || [relation.replaceAll("_", " ")])[0];

export const EVIDENCE = {
  behaviour: "Baskets",
  attribute: "Attributes",
  lm: "Language model",
  curated: "Written by hand",
  head: "Learned model",
};

export const CHECKS = {
  form: ["Form", "a known relation between things that exist"],
  types: ["Types", "the two kinds of product can relate in this way"],
  attributes: ["Attributes", "mounts, sizes and models match, or need not"],
  behaviour: ["Behaviour", "what shoppers did does not contradict it"],
  plausibility: ["Plausibility", "the reason says something of its own"],
  critic: ["Critic", "what a model claims was judged a second time; the rest needs none"],
  confidence: ["Confidence", "sure enough for this relation"],
};

export const REASONS = {
  no_rule: "Nothing can decide whether it fits",
  fit_unproven: "Nothing proves that it fits",
  not_bought_together: "Shoppers could have bought both, and did not",
  not_significant: "Too few joint purchases to prove anything",
  weak_lift: "Bought together hardly more than chance",
  self_loop: "It would point to itself",
  wrong_ends: "These two cannot be related in this way",
  unknown_end: "Not in the catalog",
  no_evidence: "Nothing supports it",
  wrong_evidence: "Its evidence cannot carry it alone",
  bad_score: "An evidence score out of range",
  unknown_relation: "No policy for this relation",
  low_confidence: "Not sure enough",
  check_failed: "A check could not run",
  generic_reason: "The reason would fit any product",
  copied_question: "The reason only repeats the question",
  wrong_direction: "The relation runs the other way",
  substitute_and_complement: "Known as the opposite",
  same_function: "Both do the same job",
  other_function: "They do different jobs",
  for_it_only: "It is what the thing asked for is used on",
  critic_refused: "The critic does not sign it",
  not_judged: "A model claims it and no critic has judged it",
  circle: "The weakest edge of a circle",
};
export const reasonName = (reason) => {
  if (REASONS[reason]) return REASONS[reason];
  if (reason.startsWith("mismatch_"))
    return `Does not fit: ${reason.slice("mismatch_".length).replaceAll(/[_-]/g, " ")}`;
  return reason.replaceAll("_", " ");
};

export const TIERS = {
  memory: "From memory",
  disk: "From disk",
  shared: "From the shared cache",
  paraphrase: "From a paraphrase",
  none: "Built just now",
};

export const SOURCES = {
  lm: "planned by a language model",
  knowledge: "planned from what the shop knows",
  single: "a single need, no plan",
};

export const DEGRADED = {
  deadline: "the time was up",
  edges: "it reached the most edges allowed",
  needs: "it reached the most needs allowed",
  rounds: "it reached the most rounds allowed",
  lm_calls: "the language model calls were used up",
  lm_tokens: "the language model tokens were used up",
  lm_budget: "the language model calls or tokens were used up",
  lm_deadline: "the language model was too slow",
  lm_plan_unusable: "the language model gave no plan that can be used",
};
export const degradedName = (reason) => {
  const failed = /^lm_(\w+)_failed$/.exec(reason);
  if (failed) return `the language model did not answer when asked to ${failed[1].replaceAll("_", " ")}`;
  return DEGRADED[reason] || reason.replaceAll("_", " ");
};
