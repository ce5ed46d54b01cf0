-- What was concluded later of an observation is found by the observation: judgements are few, and so is this.
CREATE INDEX judgement_by_time ON record (channel, mono_ns) WHERE kind = 5;
