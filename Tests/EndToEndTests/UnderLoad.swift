import Testing

/// Suites that load the machine with several daemons at once: one after another, so that each has it to itself.
@Suite(.serialized) enum UnderLoad {}
