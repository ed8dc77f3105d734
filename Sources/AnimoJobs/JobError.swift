/// Reason why a job, or one item of it, cannot go on.
package struct JobError: Error, Sendable, Equatable {
    /// Kinds of error; each has an exit status of its own.
    package enum Code: String, Sendable, CaseIterable {
        /// The request makes no sense.
        case usage
        /// An input, or the answer of a program, is not what it should be.
        case badData
        /// An input is missing.
        case notFound
        /// A program is missing, or too old.
        case missingProgram
        /// A program, or this one, failed.
        case failed
        /// An output cannot be written.
        case cannotWrite
        /// Another run holds the job's lock.
        case busy
    }

    /// The kind.
    package let code: Code
    /// One line for people.
    package let message: String
    /// Advice on what to try next.
    package var hint: String?

    /// Creates one from its fields.
    package init(_ code: Code, _ message: String, hint: String? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
    }
}
