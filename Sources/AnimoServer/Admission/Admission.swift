import AnimoModel
import AnimoMotion
import AnimoPictures
import AnimoWire
import Crypto

/// Limits, models and kept sources that requests are checked against before anything is decoded.
struct Admission: Sendable {
    let limits: ServerLimits
    let models: ModelRegistry
    let cache: SourceCache

    /// - Parameter name: empty for the default model.
    func model(_ name: String) throws(RPCError) -> ModelRegistry.Entry {
        guard let entry = models[name] else {
            let names = models.entries.map(\.name).joined(separator: ", ")
            throw RPCError(
                .notFound, .noSuchModel, "model: no model '\(name.shortened)'; there are \(names)", field: "model")
        }
        return entry
    }

    func validator(for model: ModelRegistry.Entry, _ output: OutputOptions) -> DriverValidator {
        DriverValidator(
            model: model, limits: limits, outOfRange: output.outOfRange, mapping: output.mapping,
            stillBody: output.stillBody, stillIrises: output.stillIrises)
    }

    /// - Parameter name: of the model; empty for whichever the source has, or the default.
    func source(
        _ wire: Wire.Source?, model name: String, of owner: PeerIdentity.Owner
    ) throws(RPCError) -> AdmittedSource {
        try source(wire, on: name.isEmpty ? nil : try model(name), of: owner)
    }

    /// - Parameter model: nil for whichever the source has, or the default.
    func source(
        _ wire: Wire.Source?, on model: ModelRegistry.Entry?, of owner: PeerIdentity.Owner
    ) throws(RPCError) -> AdmittedSource {
        switch wire?.kind {
        case nil:
            let model = if let model { model } else { try self.model("") }
            guard !model.engine.capabilities.needsSource else {
                throw RPCError.invalid("source", .missingField, "expected an id or a picture, got neither")
            }
            return try source(Wire.SourcePicture(), on: model, of: owner)
        case .id(let id):
            guard let source = cache.find(id, of: owner) else {
                throw RPCError(
                    .notFound, .noSuchSource, "source.id: no such source is kept; put it again", field: "source.id")
            }
            guard model == nil || model?.engine === source.model.engine else {
                throw RPCError(
                    .notFound, .noSuchSource, "source.id: this source was prepared for another model; put it again",
                    field: "source.id")
            }
            return .kept(source)
        case .picture(let picture):
            if let model { return try source(picture, on: model, of: owner) }
            return try source(picture, on: self.model(""), of: owner)
        }
    }

    /// A source that is kept already, or is to be decoded, cropped and prepared.
    func source(
        _ wire: Wire.SourcePicture, on model: ModelRegistry.Entry, of owner: PeerIdentity.Owner
    ) throws(RPCError) -> AdmittedSource {
        let capabilities = model.engine.capabilities
        let domain = try capabilities.domain(wire.domain, field: "source.domain")
        let size = try RenderedSize(wire, of: model, within: limits)
        let id = Self.id(of: wire, domain: domain, model: model)
        if let source = cache.find(id, of: owner) { return .kept(source) }
        try checkRoom()
        return .picture(
            SourceJob(
                id: id, owner: owner, model: model, domain: domain, size: size,
                content: try content(of: wire, for: capabilities), search: model.search(wire.face, in: domain)))
    }

    private func content(
        of wire: Wire.SourcePicture, for capabilities: Capabilities
    ) throws(RPCError) -> SourceJob.Content {
        guard capabilities.needsSource else {
            guard wire.picture == nil else {
                throw RPCError(
                    .failedPrecondition, .picture,
                    "source: this model renders one identity of its own; omit source", field: "source")
            }
            return .identity
        }
        let field = "source.picture"
        let picture = try IncomingPicture(wire.picture, within: limits.pictures, field: field)
        do throws(PictureError) {
            return .picture(
                picture, try Crop(wire.crop, field: "source.crop"),
                try Landmarks(wire.landmarks, field: "source.landmarks"))
        } catch {
            throw RPCError(error, field: field)
        }
    }

    /// Sessions keep their sources when the cache evicts them; together they may take as much again as requests may.
    private func checkRoom() throws(RPCError) {
        let (used, limit) = (cache.memory.bytes, cache.budget + limits.requestBytes)
        guard used >= limit else { return }
        throw RPCError(
            .resourceExhausted, .overloaded,
            "source: expected room for another, got \(used) of \(limit) bytes in use by sessions and the cache; end "
                + "sessions, or try again later", field: "source", limit: Double(limit), actual: Double(used),
            retryAfterMs: 1000)
    }

    /// The model's name is in it: a file may be served under two, and a source is found by the one it was put for.
    private static func id(of wire: Wire.SourcePicture, domain: Domain, model: ModelRegistry.Entry) -> [UInt8] {
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
