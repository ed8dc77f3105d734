import AnimoModel
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
            throw RPCError.invalid("source", .missingField, "expected an id or a picture, got neither")
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
        let size = try size(of: wire, native: capabilities.nativeSize)
        let id = id(of: wire, domain: domain, model: model)
        if let source = cache.find(id) { return Found(source: source, isCached: true) }
        let (plan, decoding) = try await timed {
            try await codecs.run { [limits] in
                try SourcePlan(wire, domain: domain, size: size, capabilities: capabilities, limits: limits)
            }
        }
        let key = BatchKey(
            engine: ObjectIdentifier(model.engine), stage: .prepare, domain: domain,
            flowSide: capabilities.nativeSize, side: plan.side)
        let done = try await scheduler.run(
            .prepare(plan.images, domain), on: model.engine, key: key, as: call.standing(priority))
        guard case .prepared(let prepared) = done.result else { throw EngineFailure.nothingDrawn }
        let source = CachedSource(
            id: id, model: model, domain: domain, prepared: prepared, flowSide: capabilities.nativeSize,
            side: plan.side, crop: plan.crop, original: plan.original, sent: plan.sent)
        cache.insert(source)
        // A reload may have come in between; a session may have a model that is no longer served.
        if !models.serves(model.engine) { cache.remove(where: { $0 === source }) }
        return Found(
            source: source, isCached: false,
            times: Wire.Times(
                decode: decoding.microseconds, prepare: done.computed.microseconds, queue: done.queued.microseconds))
    }

    /// The side asked for; nil where the source's own size decides.
    private func size(of wire: Wire.SourcePicture, native: Int) throws -> Int? {
        if wire.sizeOfSource { return nil }
        if wire.size == 0 { return native }
        guard wire.size % 32 == 0, wire.size <= limits.sizeMaximum else {
            throw RPCError.invalid(
                "source.size", .size, limit: Double(limits.sizeMaximum), actual: Double(wire.size),
                "expected a multiple of 32 up to \(limits.sizeMaximum), got \(wire.size)")
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

    init(
        _ wire: Wire.SourcePicture, domain: Domain, size: Int?, capabilities: Capabilities, limits: ServerLimits
    ) throws {
        let field = "source.picture"
        let picture = try PictureReader(limits: limits).decode(wire.picture, field: field)
        do throws(PictureError) {
            let crop = try Crop(wire.crop, field: "source.crop")
            let side =
                if let size { size } else { try min(Preparation.sideOfSource(picture, crop: crop), limits.sizeMaximum) }
            func prepared(_ side: Int) throws(PictureError) -> (picture: Picture, transform: CropTransform) {
                try Preparation.prepare(picture, crop: crop, side: side, background: domain.background)
            }
            let editing = try prepared(side)
            let native = capabilities.nativeSize
            let flow = side == native ? editing.picture : try prepared(native).picture
            var frame: Picture?
            if let reader = capabilities.reader(of: domain) {
                frame = reader.side == native ? flow : try prepared(reader.side).picture
            }
            self.original = picture
            self.sent = PictureFormat(wire.picture?.format ?? .unspecified) ?? .png
            self.side = side
            self.images = SourceImages(
                flow: FloatImage(flow), editing: FloatImage(editing.picture),
                frame: frame.map { FrameImage(FloatImage($0)) })
            self.crop = editing.transform
        } catch {
            throw RPCError(error, field: field)
        }
    }
}
