/// Paint that stands by itself, further from a figure than the figure's own edge reaches.
enum Speck {
    /// Alpha of the figure above which it covers a pixel, -1…1: 2 %.
    static let coveringAlpha: Float = 0.02 * 2 - 1
    /// Alpha from which a pixel shows in 8 bits, -1…1.
    static let visibleAlpha: Float = 0.5 / 255 * 2 - 1
    /// Pixels from what is covered to what still belongs to it.
    static let reach = 6
}

extension ComputeContext {
    /// Makes clear what of `picture` shows more than ``Speck/reach`` pixels from everything covered.
    ///
    /// - Parameters:
    ///   - picture: (H, W, 4), alpha -1…1.
    ///   - covered: (batch, H, W), 1 where the figure lies.
    func clearSpecks(_ picture: Tensor, awayFrom covered: UnsafePointer<UInt8>) {
        pool.run(picture.batch * picture.height, SpeckRows(picture: picture, covered: covered))
    }
}

private struct SpeckRows: PoolWork {
    let picture: Tensor
    let covered: UnsafePointer<UInt8>

    func run(_ task: Int, by worker: Int) {
        let (index, y) = (task / picture.height, task % picture.height)
        let map = covered + index * picture.pixels
        let row = picture.pictures[index] + y * picture.width * picture.depth
        for x in 0..<picture.width {
            let alpha = row + x * picture.depth + 3
            guard alpha.pointee > Speck.visibleAlpha, map[y * picture.width + x] == 0, !isNear(map, x, y) else {
                continue
            }
            alpha.pointee = -1
        }
    }

    /// Returns whether a covered pixel lies in the disc around (x, y).
    private func isNear(_ map: UnsafePointer<UInt8>, _ x: Int, _ y: Int) -> Bool {
        let reach = Speck.reach
        for row in max(0, y - reach)...min(picture.height - 1, y + reach) {
            let down = (row - y) * (row - y)
            for column in max(0, x - reach)...min(picture.width - 1, x + reach)
            where map[row * picture.width + column] != 0 && down + (column - x) * (column - x) <= reach * reach {
                return true
            }
        }
        return false
    }
}
