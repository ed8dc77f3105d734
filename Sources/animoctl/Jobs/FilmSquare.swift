import AnimoClient
import AnimoConcurrency
import AnimoModelFile
import AnimoWire

/// The square that all frames of a film are read in: around the median face, with every face's box inside.
///
/// A head that moves in a square which stands still is the motion; a square that follows the face from frame to frame
/// takes the motion away and adds the tracker's noise to it.
struct FilmSquare: Sendable {
    let square: HeadSquare
    /// Indicates of each frame whether a face was seen in it.
    let hasFace: [Bool]

    /// Times that a film is tracked anew after its daemon was lost.
    private static let tries = 8

    /// Tracks the whole film before any frame of it is read.
    ///
    /// - Returns: nil where no square is wanted: of one picture, by another crop, where the frames' reader finds the
    ///   face itself; and where there is none, since no frame has a face or frames differ in size.
    init?(of reading: DriverReading) async throws {
        guard reading.wantsSquare else { return nil }
        var losses = 0
        while true {
            do {
                guard let look = try await Look(at: reading), look.isOneSize,
                    let square = look.framing.square(of: look.faces.compactMap(\.self))
                else { return nil }
                self.square = square
                hasFace = look.faces.map { $0 != nil }
                return
            } catch let error as RPCError where error.code == .unavailable && losses < Self.tries {
                losses += 1
                // Waits for the daemon to come back, as long as calls do.
                _ = try await reading.daemon.client.describe(
                    model: reading.model.name, timeout: reading.daemon.timeout)
            }
        }
    }

    /// Faces that were seen in the frames, one after the other.
    private struct Look {
        let framing: HeadFraming
        var faces: [FaceExtent?] = []
        var isOneSize = true
        private var size: (width: UInt32, height: UInt32)?

        /// - Returns: nil from a daemon that does not tell by which framing its squares are.
        init?(at reading: DriverReading) async throws {
            let session = try await reading.daemon.client.track(
                Wire.TrackOpen(
                    model: reading.model.name, video: true, rate: reading.plan.rate.value,
                    face: reading.framing.face.wire, domain: reading.framing.domain),
                timeout: reading.daemon.timeout)
            guard let framing = session.opened.framing else { return nil }
            self.framing = HeadFraming(share: framing.share, x: framing.x, y: framing.y)
            let frames = try await DriverFrames(reading.plan, reading.motion, reading.tools)
            let window = Int(max(1, session.opened.window))
            var results = session.results.makeAsyncIterator()
            var sent = 0
            while let frame = try await frames.next() {
                guard case .picture(let picture) = frame else { continue }
                let framed = try await runBlocking { try reading.framing.wire(picture) }
                guard case .frame(let driving) = framed?.kind else { continue }
                if sent - faces.count >= window { take(try await results.next()) }
                try await session.send(Wire.TrackFrame(picture: driving.picture))
                sent += 1
            }
            session.finish()
            while faces.count < sent { take(try await results.next()) }
        }

        /// A frame that cannot be read is told of when it is read.
        private mutating func take(_ result: Wire.TrackResult?) {
            guard let result, result.outcome == .ok else { return faces.append(nil) }
            if let size { isOneSize = isOneSize && size == (result.width, result.height) }
            size = (result.width, result.height)
            faces.append(result.face.flatMap { FaceExtent($0, by: framing) })
        }
    }

    /// Gives a frame its crop. One in which no face was seen keeps its own, so that its content decides.
    func place(_ driver: inout Wire.Driver, _ number: Int) {
        guard hasFace.indices.contains(number), hasFace[number], case .frame(var frame) = driver.kind else { return }
        // A square is in coordinates of pixels' middles, a crop in those of their edges.
        let box = Wire.Box(x: square.x + 0.5, y: square.y + 0.5, width: square.side, height: square.side)
        frame.crop = Wire.Crop(mode: .box, box: box)
        driver.kind = .frame(frame)
    }
}

extension FaceExtent {
    /// nil where the daemon told no square or no box.
    fileprivate init?(_ face: Wire.Face, by framing: HeadFraming) {
        guard let head = face.head, let box = face.box else { return nil }
        let low = SIMD2(box.x, box.y)
        self.init(
            in: HeadSquare(x: head.x, y: head.y, side: head.side), by: framing,
            box: FaceBox(low: low, high: low + SIMD2(box.width, box.height)))
    }
}

extension DriverReading {
    /// Whether its frames are read in a square that the face's place decides: of several frames, automatically cropped,
    /// by a reader that aligns nothing itself.
    fileprivate var wantsSquare: Bool {
        guard plan.input.hasSeveralPictures, model.findsFaces(with: framing.crop) else { return false }
        // A way to a pose that is asked for is none of the tracker's.
        let readers = model.description.estimators.filter {
            $0.domain == framing.domain && (mapping == .unspecified || $0.part != "tracker")
        }
        let reader = framing.reader == .auto ? readers.first : readers.first { $0.part == framing.reader.rawValue }
        return reader?.alignment == "square"
    }
}
