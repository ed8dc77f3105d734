import AnimoCLI
import AnimoClient
import AnimoPictures
import AnimoReports
import AnimoWire

/// Renders the paper's comparisons and measures them.
struct Evaluator: Sendable {
    let daemon: Daemon
    let model: ServedModel
    let timeout: Duration?

    /// One rendering to make.
    private struct Plan: Sendable {
        let comparison: Comparison
        let source: (name: String, bytes: [UInt8], domain: Wire.Domain)
        let driver: (name: String, bytes: [UInt8], domain: Wire.Domain)
    }

    /// - Parameter across: heads of the other domain that drive.
    func run(
        _ heads: [EvaluatedIdentity], _ domain: Wire.Domain, across: [EvaluatedIdentity], _ other: Wire.Domain
    ) async throws -> [EvaluationSample] {
        let plans = plans(heads, domain, across, other)
        return try await daemon.inOrder(plans, label: "evaluating", together: 2) { try await sample($0) }
    }

    private func plans(
        _ heads: [EvaluatedIdentity], _ domain: Wire.Domain, _ across: [EvaluatedIdentity], _ other: Wire.Domain
    ) -> [Plan] {
        var plans: [Plan] = []
        for (index, head) in heads.enumerated() {
            let source = (name: head.name, bytes: head.frames[0], domain: domain)
            func drive(_ comparison: Comparison, _ driver: EvaluatedIdentity, _ domain: Wire.Domain, from first: Int) {
                for frame in driver.frames[first...] {
                    plans.append(
                        Plan(comparison: comparison, source: source, driver: (driver.name, frame, domain)))
                }
            }
            drive(.selfIdentity, head, domain, from: 1)
            if heads.count > 1 { drive(.crossIdentity, heads[(index + 1) % heads.count], domain, from: 0) }
            if !across.isEmpty { drive(.crossDomain, across[index % across.count], other, from: 0) }
        }
        return plans
    }

    private func sample(_ plan: Plan) async throws -> EvaluationSample {
        let source = try picture(plan.source.bytes, plan.source.domain, what: plan.source.name)
        let driver = try picture(plan.driver.bytes, plan.driver.domain, what: plan.driver.name)
        let wireSource = Wire.SourcePicture(picture: source.wire, domain: plan.source.domain)
        let held = try await daemon.put(wireSource, model: model)
        let frame = Wire.DrivingFrame(picture: driver.wire, domain: plan.driver.domain)
        let reply = try await daemon.client.reenact(
            held, Wire.Driver(kind: .frame(frame)), options: Wire.DrawOptions(format: .rgb8), timeout: timeout)
        let rendered = try Picture(rendered: reply)
        return EvaluationSample(
            comparison: plan.comparison, source: plan.source.name, driver: plan.driver.name,
            pictures: (source.picture, driver.picture, rendered),
            distance: plan.comparison == .selfIdentity ? try PictureDistance(rendered, driver.picture) : nil,
            angles: try await angles(driver: HeadAngles(code: reply.motion?.values), rendered, plan.source.domain))
    }

    /// A frame as the daemon will prepare it, and as it goes there.
    private func picture(
        _ bytes: [UInt8], _ domain: Wire.Domain, what: String
    ) throws -> (picture: Picture, wire: Wire.Picture) {
        let side = Int(model.description.nativeSize)
        do throws(PictureError) {
            let decoded = try PictureDecoder.decode(
                bytes, shrinkingInto: PictureFile.Fitting.limits, longestSide: 2 * side
            ).picture
            let square = try Preparation.prepare(
                decoded, side: side, background: domain == .anime ? .white : .edge
            ).picture
            let wire = Wire.Picture(
                format: .rgb8, data: square.pixels, width: UInt32(side), height: UInt32(side))
            return (square, wire)
        } catch {
            throw Failure(.badData, "\(what): \(error.message)")
        }
    }

    /// Both heads' angles, where the model can read them off pictures of the source's domain.
    private func angles(
        driver: HeadAngles?, _ rendered: Picture, _ domain: Wire.Domain
    ) async throws -> (driver: HeadAngles, rendered: HeadAngles)? {
        guard let driver, model.description.estimators.contains(where: { $0.domain == domain }) else { return nil }
        let wire = Wire.Picture(
            format: .rgb8, data: rendered.pixels, width: UInt32(rendered.width), height: UInt32(rendered.height))
        let frame = Wire.DrivingFrame(picture: wire, domain: domain)
        let request = Wire.RetargetRequest(model: model.name, driver: Wire.Driver(kind: .frame(frame)))
        let reply = try await daemon.client.retarget(request, timeout: timeout)
        return HeadAngles(code: reply.motion?.values).map { (driver, $0) }
    }
}
