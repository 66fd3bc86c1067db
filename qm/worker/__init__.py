"""The worker process: Kafka -> calls and engines -> store, objects and result topics."""
