import AnimoModel
import AnimoMotion
import AnimoPictures
import AnimoWire
import Crypto
import NIOCore

/// Prepares sources once and finds them again.
struct SourceStore: Sendable {
    struct Found: Sendable {
        var source: CachedSource
        var isCached: Bool
        var times = Wire.Times()
    }

    let models: ModelRegistry
    let limits: ServerLimits
    let cache: SourceCache
    let scheduler: Scheduler
    let codecs: CodecPool

    func model(_ name: String) throws -> ModelRegistry.Entry {
        guard let entry = models[name] else {
            let names = models.entries.map(\.name).joined(separator: ", ")
            throw RPCError(
                .notFound, .noSuchModel, "model: no model '\(name.shortened)'; there are \(names)", field: "model")
        }
        return entry
    }

    /// The source of a request: kept under its id, or prepared from its picture now.
    func find(_ wire: Wire.Source?, model: String, for call: CallContext, priority: Priority) async throws -> Found {
        let named = model.isEmpty ? nil : try self.model(model)
        return try await find(wire, on: named, for: call, priority: priority)
    }

    /// - Parameter model: nil for whichever the source has, or the default.
    func find(
        _ wire: Wire.Source?, on model: ModelRegistry.Entry?, for call: CallContext, priority: Priority
    ) async throws -> Found {
        switch wire?.kind {
        case nil:
            let model = try model ?? self.model("")
            guard !model.engine.capabilities.needsSource else {
                throw RPCError.invalid("source", .missingField, "expected an id or a picture, got neither")
            }
            return try await put(Wire.SourcePicture(), model: model, for: call, priority: priority)
        case .id(let id):
            guard let source = cache.find(id) else {
                throw RPCError(
                    .notFound, .noSuchSource, "source.id: no such source is kept; put it again", field: "source.id")
            }
            guard model == nil || model?.engine === source.model.engine else {
                throw RPCError(
                    .notFound, .noSuchSource, "source.id: this source was prepared for another model; put it again",
                    field: "source.id")
            }
            return Found(source: source, isCached: true)
        case .picture(let picture):
            return try await put(picture, model: model ?? self.model(""), for: call, priority: priority)
        }
    }

    /// Lets go of the sources of models that are no longer served.
    func forgetReplaced() {
        cache.remove { [models] in !models.serves($0.model.engine) }
    }

    /// Decodes, crops and prepares a source, unless it is kept already.
    func put(
        _ wire: Wire.SourcePicture, model: ModelRegistry.Entry, for call: CallContext, priority: Priority
    ) async throws -> Found {
        let domain = try model.engine.capabilities.domain(wire.domain, field: "source.domain")
        let capabilities = model.engine.capabilities
        let size = try size(of: wire, for: capabilities)
        let id = id(of: wire, domain: domain, model: model)
        if let source = cache.find(id) { return Found(source: source, isCached: true) }
        try checkRoom()
        let (plan, decoding) = try await timed {
            try await codecs.run { [limits] in
                guard capabilities.needsSource else { return try SourcePlan(identityOf: capabilities, wire) }
                return try SourcePlan(
                    wire, domain: domain, size: size, capabilities: capabilities, limits: limits, hold: call.hold)
            }
        }
        // Once it is kept it counts as a source, not as a request.
        defer { call.hold.giveBack(plan.byteCount) }
        let key = BatchKey(
            engine: ObjectIdentifier(model.engine), stage: .prepare, domain: domain,
            flowSide: capabilities.nativeSize, side: plan.side)
        let done = try await scheduler.run(
            .prepare(plan.images, domain), on: model.engine, key: key, as: call.standing(priority))
        guard case .prepared(let prepared) = done.result else { throw EngineFailure.nothingDrawn }
        let source = CachedSource(
            id: id, model: model, domain: domain, prepared: prepared, flowSide: capabilities.nativeSize,
            side: plan.side, crop: plan.crop, original: plan.original, sent: plan.sent, memory: cache.memory)
        cache.insert(source)
        // A reload may have come in between; a session may have a model that is no longer served.
        if !models.serves(model.engine) { cache.remove(where: { $0 === source }) }
        return Found(
            source: source, isCached: false,
            times: Wire.Times(
                decode: decoding.microseconds, prepare: done.computed.microseconds, queue: done.queued.microseconds))
    }

    /// Sessions keep their sources when the cache gives them up; together they may take as much again as requests may.
    private func checkRoom() throws {
        let (used, limit) = (cache.memory.bytes, cache.budget + limits.requestBytes)
        guard used >= limit else { return }
        throw RPCError(
            .resourceExhausted, .overloaded,
            "source: expected room for another, got \(used) of \(limit) bytes in use by sessions and the cache; end "
                + "sessions, or try again later", field: "source", limit: Double(limit), actual: Double(used),
            retryAfterMs: 1000)
    }

    /// The side asked for; nil where the source's own size decides.
    private func size(of wire: Wire.SourcePicture, for capabilities: Capabilities) throws -> Int? {
        let (native, step) = (capabilities.nativeSize, capabilities.sizeStep)
        if wire.size == 0 && !wire.sizeOfSource || Int(wire.size) == native { return native }
        guard capabilities.rendersOtherSizes else {
            throw RPCError(
                .failedPrecondition, .size,
                "source.size: this model draws at its native size of \(native) alone", field: "source.size")
        }
        if wire.sizeOfSource { return nil }
        guard Int(wire.size) % step == 0, wire.size <= limits.sizeMaximum else {
            throw RPCError.invalid(
                "source.size", .size, limit: Double(limits.sizeMaximum), actual: Double(wire.size),
                "expected a multiple of \(step) up to \(limits.sizeMaximum), got \(wire.size)")
        }
        return Int(wire.size)
    }

    /// SHA-256 over the model, the preparation and the picture as sent.
    ///
    /// The model's name is in it: a file may be served under two, and a source is found by the one it was put for.
    private func id(of wire: Wire.SourcePicture, domain: Domain, model: ModelRegistry.Entry) -> [UInt8] {
        var preparation = wire
        preparation.domain = domain.wire
        let data = preparation.picture?.data ?? []
        preparation.picture?.data = []
        var hash = SHA256()
        hash.update(data: model.engine.information.digest)
        hash.update(data: Array(model.name.utf8) + [0])
        hash.update(data: preparation.encoded())
        hash.update(data: data)
        return Array(hash.finalize())
    }
}

/// A decoded source at every size that is read. Made on a codec thread.
private struct SourcePlan: Sendable {
    let original: Picture
    let sent: PictureFormat
    let side: Int
    let images: SourceImages
    let crop: CropTransform
    /// As taken from the budget.
    let byteCount: Int

    /// Of a model whose identity is its own: a white square stands for the source.
    init(identityOf capabilities: Capabilities, _ wire: Wire.SourcePicture) throws {
        guard wire.picture == nil else {
            throw RPCError(
                .failedPrecondition, .picture,
                "source: this model draws one identity of its own; leave the source away", field: "source")
        }
        side = capabilities.nativeSize
        original = Picture(
            width: side, height: side, layout: .rgb, pixels: [UInt8](repeating: 255, count: side * side * 3))
        sent = .png
        byteCount = 0
        images = SourceImages(flow: FloatImage(original), editing: FloatImage(original))
        let whole = Double(side)
        crop = CropTransform(
            scaleX: 1, scaleY: 1, offsetX: 0, offsetY: 0, width: side, height: side,
            content: Box(x: 0, y: 0, width: whole, height: whole))
    }

    init(
        _ wire: Wire.SourcePicture, domain: Domain, size: Int?, capabilities: Capabilities, limits: ServerLimits,
        hold: ByteHold
    ) throws {
        let field = "source.picture"
        let picture = try PictureReader(limits: limits, hold: hold).decode(wire.picture, field: field)
        let crop: Crop
        let side: Int
        do throws(PictureError) {
            crop = try Crop(wire.crop, field: "source.crop")
            side =
                if let size { size } else {
                    try min(
                        Preparation.sideOfSource(picture, crop: crop, step: capabilities.sizeStep), limits.sizeMaximum)
                }
        } catch {
            throw RPCError(error, field: field)
        }
        let sides = [side, capabilities.nativeSize] + (capabilities.reader(of: domain).map { [$0.side] } ?? [])
        let prepared = sides.reduce(0) { $0 + $1 * $1 * FloatImage.pixelBytes }
        try hold.take(prepared, field: field)
        do throws(PictureError) {
            func cropped(to side: Int) throws(PictureError) -> (picture: Picture, transform: CropTransform) {
                try Preparation.prepare(picture, crop: crop, side: side, background: domain.background)
            }
            let editing = try cropped(to: side)
            let native = capabilities.nativeSize
            let flow = side == native ? editing.picture : try cropped(to: native).picture
            let landmarks = try Landmarks(wire.landmarks, field: "source.landmarks")
            let frame = try capabilities.reader(of: domain).map { reader throws(PictureError) in
                try AlignedFrame(picture, crop: crop, landmarks: landmarks, for: reader).frame
            }
            self.byteCount = picture.pixels.count + prepared
            self.original = picture
            self.sent = PictureFormat(wire.picture?.format ?? .unspecified) ?? .png
            self.side = side
            self.images = SourceImages(
                flow: FloatImage(flow), editing: FloatImage(editing.picture),
                frame: frame)
            self.crop = editing.transform
        } catch {
            throw RPCError(error, field: field)
        }
    }
}
