/// The source's own pixels, moved, where they agree with the rendered picture, and that picture, enlarged, elsewhere.
///
/// share = max(agreement, rim) enlarged bilinearly, 1 − share the rendered picture's;
/// result = F + fade · (1 − share) · (enlarged(rendered) − W), W the moved source and F the one whose motion fades,
/// which is W where nothing fades. Its alpha is F's.
///
/// One loop over rows: each row of W is read once, compared with the rendered picture at once, and kept until the rows
/// below it that decide about it were read.
struct MotionBlend<Pixels: SourcePixels> {
    private let rows: MotionRows<Pixels>
    private let rendered: RenderedPicture
    private let usesFlow: Bool
    private let enlarged: EnlargedRows
    private let across: BilinearAxis
    private let down: BilinearAxis

    /// - Parameter usesFlow: else the rendered picture counts everywhere but at the rim of a figure with alpha.
    init(_ rows: MotionRows<Pixels>, _ rendered: RenderedPicture, usesFlow: Bool) {
        (self.rows, self.rendered, self.usesFlow) = (rows, rendered, usesFlow)
        let frame = rows.frame
        enlarged = EnlargedRows(
            rendered, across: frame.columns.enlarging(rendered.width), down: frame.rows.enlarging(rendered.height))
        across = frame.columns.bilinear(rendered.width)
        down = frame.rows.bilinear(rendered.height)
    }

    /// Calls `body` with every row in turn: colour over white and alpha of each pixel, 0 … 255.
    ///
    /// - Returns: the map of all rows.
    @discardableResult
    func forEachRow(_ body: (_ y: Int, _ levels: UnsafePointer<SIMD4<Float>>) -> Void) -> AgreementMap {
        var map = AgreementMap(rendered, rows.frame, hasAlpha: Pixels.hasAlpha)
        let last = (0..<rows.height).map { max(map.lastRow(for: Int(down.upper[$0])), $0) }
        let kept = zip(last, 0...).map { $0 - $1 + 1 }.max() ?? 1
        let room = BlendRoom(width: rows.width, rendered: rendered.width, flow: rows.flowWidth, kept: kept)
        defer { room.free() }
        var read = 0
        for y in 0..<rows.height {
            while read <= last[y] {
                let levels = room.row(read)
                rows.carry(read, room.motion)
                rows.locate(read, 0..<rows.width, fades: false, room.motion)
                for x in 0..<rows.width { levels[x] = rows.level(room.motion.places[x]) }
                map.add(read, levels, room.rendered)
                read += 1
            }
            blend(y, map, room)
            body(y, room.row(y))
        }
        return map
    }

    /// Mixes the rendered picture into a row of W, in place.
    private func blend(_ y: Int, _ map: AgreementMap, _ room: BlendRoom) {
        map.line(
            upper: Int(down.lower[y]), lower: Int(down.upper[y]), share: down.share[y], usesAgreement: usesFlow,
            into: room.shares)
        let levels = room.row(y)
        var isRenderedReady = false
        guard rows.frame.fades else {
            for x in 0..<rows.width { levels[x] = mixed(levels[x], x, y, 1, room, &isRenderedReady) }
            return
        }
        let (columns, fadeY) = (rows.frame.columns, rows.frame.rows.fade[y])
        let inner = fadeY < 1 ? 0..<0 : columns.unfaded
        let borders = inner.isEmpty ? [0..<rows.width] : [0..<inner.lowerBound, inner.upperBound..<rows.width]
        for x in inner { levels[x] = mixed(levels[x], x, y, 1, room, &isRenderedReady) }
        rows.carry(y, room.motion)
        for border in borders {
            rows.locate(y, border, fades: true, room.motion)
            for x in border {
                let faded = rows.level(room.motion.places[x])
                levels[x] = mixed(faded, x, y, columns.fade[x] * fadeY, room, &isRenderedReady)
            }
        }
    }

    /// - Parameters:
    ///   - faded: F at pixel (x, y).
    ///   - isRenderedReady: whether the rendered picture's rows are summed for this one.
    @inline(__always)
    private func mixed(
        _ faded: SIMD4<Float>, _ x: Int, _ y: Int, _ fade: Float, _ room: BlendRoom, _ isRenderedReady: inout Bool
    ) -> SIMD4<Float> {
        let share = share(x, room.shares)
        guard share < 1 else { return faded }
        if !isRenderedReady {
            enlarged.sum(y, into: room.rendered)
            isRenderedReady = true
        }
        var mixed = faded + (enlarged.level(x, of: room.rendered) - room.row(y)[x]) * (fade * (1 - share))
        mixed = mixed.heldToLevels()
        mixed.w = faded.w
        return mixed
    }

    @inline(__always)
    private func share(_ x: Int, _ shares: UnsafeMutablePointer<SIMD2<Float>>) -> Float {
        let (a, b) = (shares[Int(across.lower[x])], shares[Int(across.upper[x])])
        let both = a + (b - a) * across.share[x]
        return both.x > both.y ? both.x : both.y
    }
}

/// Rows of everything that blending needs.
private struct BlendRoom {
    let motion: MotionRoom
    let shares: UnsafeMutablePointer<SIMD2<Float>>
    let rendered: UnsafeMutablePointer<SIMD4<Float>>
    private let levels: UnsafeMutablePointer<SIMD4<Float>>
    private let kept: Int
    private let width: Int

    /// - Parameter kept: rows of the moved source that are kept at a time.
    init(width: Int, rendered: Int, flow: Int, kept: Int) {
        func room<Value: SIMD<Float>>(_ count: Int, _: Value.Type) -> UnsafeMutablePointer<Value> {
            let pointer = UnsafeMutablePointer<Value>.allocate(capacity: max(1, count))
            pointer.initialize(repeating: .zero, count: max(1, count))
            return pointer
        }
        (self.width, self.kept) = (width, kept)
        motion = MotionRoom(width: width, flow: flow)
        shares = room(rendered, SIMD2<Float>.self)
        self.rendered = room(rendered, SIMD4<Float>.self)
        levels = room(width * kept, SIMD4<Float>.self)
    }

    /// The place of a row among those that are kept.
    func row(_ y: Int) -> UnsafeMutablePointer<SIMD4<Float>> { levels + y % kept * width }

    func free() {
        motion.free()
        shares.deallocate()
        rendered.deallocate()
        levels.deallocate()
    }
}
