import NIOCore

/// A work that waits for its turn, whatever its kind.
protocol QueuedWork: Sendable {
    /// Tells the caller what came of its work, and what that took.
    typealias Answer = @Sendable (_ begun: NIODeadline, _ took: TimeAmount) -> Void

    var admitted: NIODeadline { get }
    var batchLimit: Int { get }

    /// Computes a batch of one key, this work among it: an answer for each, in order.
    func compute(_ batch: [any QueuedWork]) -> [Answer]

    func fail(_ error: any Error)
}

struct Queued<Work: ScheduledWork>: QueuedWork {
    let work: Work
    /// Asked of the work before it waits: nothing is asked under the lock.
    let batchLimit: Int
    let admitted: NIODeadline
    let timeout: Scheduled<Void>
    let continuation: CheckedContinuation<Completion<Work.Output>, any Error>

    /// Computes a batch. Where it fails each member is tried alone, so that nobody pays for another.
    func compute(_ batch: [any QueuedWork]) -> [Answer] {
        let outputs = outputs(of: batch)
        return batch.enumerated().map { index, queued in
            // Works of one key have one type.
            guard let queued = queued as? Self, index < outputs.count else {
                return { _, _ in queued.fail(ScheduledWorkError.noOutput) }
            }
            let output = outputs[index]
            return { begun, took in
                queued.answer(
                    output.map {
                        Completion(
                            output: $0, queued: begun - queued.admitted, computed: took, batchSize: outputs.count)
                    })
            }
        }
    }

    func fail(_ error: any Error) { answer(.failure(error)) }

    private func outputs(of batch: [any QueuedWork]) -> [Result<Work.Output, any Error>] {
        let works = batch.compactMap { ($0 as? Self)?.work }
        if works.count > 1, let outputs = try? Work.compute(works), outputs.count == works.count {
            return outputs.map { .success($0) }
        }
        return works.map { work in
            Result {
                guard let output = try Work.compute([work]).first else { throw ScheduledWorkError.noOutput }
                return output
            }
        }
    }

    private func answer(_ result: Result<Completion<Work.Output>, any Error>) {
        timeout.cancel()
        continuation.resume(with: result)
    }
}
