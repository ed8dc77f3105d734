import AnimoMotion
import AnimoModel
import AnimoWire
import NIOCore

/// What the networks shall read, now or once a frame has been read.
enum PendingCode: Sendable {
    /// One frame's code, or one for every frame of the model's window.
    case known([DriverCode])
    /// A frame aligned for its reader, and its code once its numbers are there.
    case frame(FrameImage, HeadReader, code: @Sendable (DriverNumbers) throws -> DriverCode)

    /// For a picture of its own, apart from any session: one frame stands for the whole window.
    func driver(window: Int) -> EngineDriver {
        switch self {
        case .known(let codes): .codes(Self.filled(codes, to: window))
        case .frame(let frame, let reader, let code):
            .frame(frame, reader) { Self.filled([try code($0)], to: window) }
        }
    }

    private static func filled(_ codes: [DriverCode], to window: Int) -> [DriverCode] {
        codes.count == 1 ? [DriverCode](repeating: codes[0], count: window) : codes
    }
}

extension Draughtsman {
    /// A pending code, its frame read by the engine in its turn.
    func resolve(
        _ pending: PendingCode, by model: ModelRegistry.Entry, times: inout Wire.Times, as standing: Standing
    ) async throws -> [DriverCode] {
        switch pending {
        case .known(let codes): return codes
        case .frame(let frame, let reader, let code):
            let key = BatchKey(
                engine: ObjectIdentifier(model.engine), stage: .read, domain: reader.domain, flowSide: reader.side,
                side: reader.side)
            let done = try await scheduler.run(.read(frame, reader), on: model.engine, key: key, as: standing)
            guard case .read(let numbers) = done.result else { throw EngineFailure.nothingDrawn }
            times.queue += done.queued.microseconds
            times.compute += done.computed.microseconds
            return [try code(numbers)]
        }
    }

    /// A driver's codes told against a neutral.
    func relative(
        _ driver: PendingCode, to neutral: PendingCode, of source: CachedSource, adaptsScale: Bool,
        times: inout Wire.Times, as standing: Standing
    ) async throws -> [DriverCode] {
        let model = source.model
        guard let rest = try await resolve(neutral, by: model, times: &times, as: standing).first else { return [] }
        let codes = try await resolve(driver, by: model, times: &times, as: standing)
        return try await codecs.run {
            try codes.map {
                try model.engine.model.relative($0, to: rest, of: source.prepared, adaptsScale: adaptsScale)
            }
        }
    }
}
