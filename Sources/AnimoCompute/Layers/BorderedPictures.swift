import AnimoKernelArguments
import Foundation

/// Pictures of three channels with nothing between their pixels and zeros around them: what the first convolution of a
/// network reads where it lies. (batch, before + height + after, before + width + after, 3)
///
/// A view: the memory belongs to a ``Workspace``.
package struct BorderedPictures {
    /// Number of pictures.
    package let batch: Int
    /// Height without the border, in pixels.
    package let height: Int
    /// Width without the border, in pixels.
    package let width: Int
    /// Zeros above and at the left.
    let before: Int
    /// Zeros below and at the right.
    let after: Int
    /// The first zero of each picture.
    let places: UnsafeMutablePointer<Float>

    /// Floats from one row to the next.
    let pitch: Int
    /// Floats of a picture, and room for what is written behind its last pixel.
    let size: Int

    /// Zeros above and below; of any content elsewhere.
    init(_ workspace: Workspace, for stem: StemConvolution, batch: Int, height: Int, width: Int) {
        (self.batch, self.height, self.width) = (batch, height, width)
        (before, after) = stem.border(of: height)
        pitch = (before + width + after) * 3
        size = (before + height + after) * pitch + 16
        places = workspace.floats(batch * size)
        for index in 0..<batch {
            let first = picture(index)
            first.update(repeating: 0, count: before * pitch)
            (first + (before + height) * pitch).update(repeating: 0, count: after * pitch + 16)
        }
    }

    func picture(_ index: Int) -> UnsafeMutablePointer<Float> { places + index * size }

    /// A row's first pixel that is no zero.
    func row(_ y: Int, of picture: Int) -> UnsafeMutablePointer<Float> {
        self.picture(picture) + (before + y) * pitch + before * 3
    }

    /// The values of one picture, (height, width, 3).
    package func values(_ picture: Int) -> [Float] {
        (0..<height).flatMap { Array(UnsafeBufferPointer(start: row($0, of: picture), count: width * 3)) }
    }
}

/// A rectangle of a picture of bytes, of any place and turn, and the grid on which it is sampled.
package struct SampledRegion: Sendable, Equatable {
    /// In pixels of the picture; the middle of the first pixel is (0, 0).
    package var centre: SIMD2<Double>
    /// Extent along the turned x axis, in pixels of the picture.
    package var width: Double
    /// Extent along the turned y axis, in pixels of the picture.
    package var height: Double
    /// Clockwise, in radians.
    package var turn: Double
    /// Whether what lies outside shows the nearest pixel; else it is 0 before `scale` and `shift`.
    package var isBordered: Bool
    /// sample · scale + shift is what the network reads.
    package var scale: Float
    /// Summand after `scale`.
    package var shift: Float

    /// Creates a region from its fields.
    package init(
        centre: SIMD2<Double>, width: Double, height: Double, turn: Double = 0, isBordered: Bool, scale: Float,
        shift: Float = 0
    ) {
        self.centre = centre
        self.width = width
        self.height = height
        self.turn = turn
        self.isBordered = isBordered
        self.scale = scale
        self.shift = shift
    }

    /// Whether sampling is defined: all numbers are finite, and none is so large that pixels could not be counted.
    var isFinite: Bool {
        [centre.x, centre.y, width, height].allSatisfy { abs($0) <= 0x1p28 } && turn.isFinite
    }
}

extension ComputeContext {
    /// Pictures given as numbers, (height, width, 3) each.
    package func bordered(_ stem: StemConvolution, _ values: [[Float]], height: Int, width: Int) -> BorderedPictures {
        let pictures = BorderedPictures(
            workspace, for: stem, batch: values.count, height: height, width: width)
        for (index, picture) in values.enumerated() {
            for y in 0..<height {
                let row = pictures.row(y, of: index)
                for place in 0..<(width * 3) { row[place] = picture[y * width * 3 + place] }
                pictures.clearSides(of: y, index)
            }
        }
        return pictures
    }

    /// Regions of a picture of bytes, bilinear and not rounded: pixel (u, v) of a `side`² grid lies at
    /// (u / side, v / side) of the region, without a shift by half a pixel.
    ///
    /// - Parameters:
    ///   - picture: (height, width, 3)
    ///   - regions: a picture each; one that is not finite is sampled as zeros.
    package func sampled(
        _ stem: StemConvolution, _ picture: UnsafeBufferPointer<UInt8>, height: Int, width: Int,
        _ regions: [SampledRegion], side: Int, isPlain: Bool = false
    ) -> BorderedPictures {
        let pictures = BorderedPictures(workspace, for: stem, batch: regions.count, height: side, width: side)
        guard height > 0, width > 0, picture.count >= height * width * 3, let bytes = picture.baseAddress else {
            for index in 0..<regions.count {
                pictures.picture(index).update(repeating: 0, count: pictures.size)
            }
            return pictures
        }
        let rowsPerTask = pool.threads == 1 ? side : 16
        pool.run(
            regions.count * ((side + rowsPerTask - 1) / rowsPerTask),
            SampledRows(
                pictures: pictures, regions: regions, bytes: bytes, height: height, width: width,
                rowsPerTask: rowsPerTask, kernel: kernels.narrow, isPlain: isPlain))
        return pictures
    }
}

extension BorderedPictures {
    /// Zeros at the left and right of a row, the first of which may have been overwritten.
    func clearSides(of y: Int, _ index: Int) {
        let row = row(y, of: index)
        (row - before * 3).update(repeating: 0, count: before * 3)
        (row + width * 3).update(repeating: 0, count: after * 3)
    }
}

private struct SampledRows: PoolWork {
    let pictures: BorderedPictures
    let regions: [SampledRegion]
    let bytes: UnsafePointer<UInt8>
    /// Height of the picture that is sampled, in pixels.
    let height: Int
    let width: Int
    let rowsPerTask: Int
    let kernel: KernelTable
    let isPlain: Bool

    func run(_ task: Int, by worker: Int) {
        let side = pictures.height
        let tasks = (side + rowsPerTask - 1) / rowsPerTask
        let (index, first) = (task / tasks, task % tasks * rowsPerTask)
        let region = regions[index]
        // A row is written from its left border on, so that nothing of the row before is overwritten behind its end.
        for y in first..<min(first + rowsPerTask, side) {
            let row = pictures.row(y, of: index)
            if region.isFinite {
                sample(region, y, into: row)
            } else {
                row.update(repeating: 0, count: side * 3)
            }
            pictures.clearSides(of: y, index)
        }
    }

    private func sample(_ region: SampledRegion, _ y: Int, into row: UnsafeMutablePointer<Float>) {
        let side = Double(pictures.width)
        let (cosine, sine) = (cos(region.turn), sin(region.turn))
        let (left, top) = (-region.width / 2, (Double(y) / side - 0.5) * region.height)
        let arguments = SampleRowArguments(
            picture: bytes, height: height, width: width, x: region.centre.x + left * cosine - top * sine,
            y: region.centre.y + left * sine + top * cosine, stepX: region.width / side * cosine,
            stepY: region.width / side * sine, count: pictures.width, isBordered: region.isBordered,
            scale: region.scale, shift: region.shift, output: row)
        if isPlain { referenceSampleRow(arguments) } else { kernel.sampleRow(arguments) }
    }
}
