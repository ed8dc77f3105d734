import AnimoClient
import AnimoMotion
import AnimoWire

/// Finds the frame in which the driver's head is most like the source's: the neutral reference that fits the source
/// best.
struct BestStart: Sendable {
    let daemon: Daemon
    let model: ServedModel

    /// - Parameters:
    ///   - source: the source's picture, as a driver.
    ///   - frames: candidates with their places in the input; those that the daemon cannot read are told and passed
    ///     over.
    /// - Throws: `Failure` 64 where the model does not read frames as key points.
    func choose(
        _ frames: [(number: Int, driver: Wire.Driver)], for source: Wire.Driver
    ) async throws -> Wire.Driver? {
        let own = try await keyPoints(source)
        let points = try await daemon.inOrder(frames, label: "looking for the best start") { frame in
            do {
                return try await keyPoints(frame.driver) as KeyPoints?
            } catch let error as RPCError where error.code == .invalidArgument {
                Terminal.note("animoctl: frame \(frame.number) is no best start: \(error.message)")
                return nil
            }
        }
        ProgressLine.shared.clear()
        let distances = points.map { $0?.attitudeDistance(to: own) ?? .infinity }
        guard let best = distances.indices.min(by: { distances[$0] < distances[$1] }), distances[best] < .infinity
        else {
            Terminal.note(
                "animoctl: none of the first frames can be read; the neutral reference is the first frame that can")
            return nil
        }
        Terminal.note(
            "animoctl: the neutral reference is frame \(frames[best].number) of the first \(frames.last?.number ?? 0)")
        return frames[best].driver
    }

    private func keyPoints(_ driver: Wire.Driver) async throws -> KeyPoints {
        let request = Wire.RetargetRequest(model: model.name, driver: driver)
        let reply = try await daemon.client.retarget(request, timeout: daemon.timeout)
        guard model.description.estimators.contains(where: { $0.part == "keypoints" }),
            let points = try? KeyPoints(reply.motion?.values ?? [])
        else {
            throw Failure(.usage, "--best-start requires a model that reads frames as key points (FOMM)")
        }
        return points
    }
}
