"""Telling people: a reader of the journal per notifier, its outbox, texts, and the senders."""
