/// Something that is computed in its turn, by an engine or by a codec thread.
///
/// Each kind of work is a type, which says by ``key`` what it may be computed together with, and what it is like to
/// cost.
package protocol ScheduledWork<Output>: Sendable {
    associatedtype Output: Sendable

    /// Works of equal keys are of one type.
    var key: BatchKey { get }
    /// Number of works of this key that are computed together at most.
    var batchLimit: Int { get }

    /// Outputs of works of one key, in their order. An output does not depend on its company.
    static func compute(_ batch: [Self]) throws -> [Output]
}

extension ScheduledWork {
    /// One at a time, unless a kind of work says otherwise.
    package var batchLimit: Int { 1 }
}

/// Errors that must not happen inside a work; clients are told INTERNAL.
enum ScheduledWorkError: Error {
    case noOutput
}
