import AnimoPictures

/// Measured against expected, a panel for each quantity: where all is well, dots lie on the diagonal.
package struct ScatterPlot: Sendable {
    /// One plot with its own axes.
    package struct Panel: Sendable {
        /// Title above it.
        package var title: String
        /// Labels of x, then of y.
        package var axes: (x: String, y: String)
        /// Points, x and y.
        package var points: [SIMD2<Double>]

        /// Creates one from its fields.
        package init(title: String, axes: (x: String, y: String), points: [SIMD2<Double>]) {
            self.title = title
            self.axes = axes
            self.points = points
        }
    }

    /// Title above the plots.
    package var title: String
    /// Plots from left to right.
    package var panels: [Panel]

    /// Creates one from its fields.
    package init(title: String, panels: [Panel]) {
        self.title = title
        self.panels = panels
    }

    private static let side = 260
    private static let margin = 56
    private static let ink = SIMD3<Float>(32, 34, 40)
    private static let soft = SIMD3<Float>(98, 102, 114)
    private static let line = SIMD3<Float>(206, 209, 216)
    private static let dot = SIMD3<Float>(34, 102, 170)

    /// Draws the plots, as large as they need to be.
    package func render() -> Picture {
        let step = Self.side + 2 * Self.margin
        var canvas = Canvas(
            width: max(1, panels.count) * step, height: step + 60, background: SheetLayout.paper)
        canvas.draw(title, x: 20, y: 14, TextStyle(scale: 1.5, colour: Self.ink, pen: 1.6))
        for (index, panel) in panels.enumerated() {
            draw(panel, left: index * step + Self.margin, top: 44 + Self.margin, on: &canvas)
        }
        return canvas.picture
    }

    private func draw(_ panel: Panel, left: Int, top: Int, on canvas: inout Canvas) {
        let side = Self.side
        let reach = Self.reach(panel.points)
        func place(_ value: Double) -> Double { (value / reach + 1) / 2 * Double(side) }
        canvas.fill(x: left, y: top, width: side, height: side, SIMD3(255, 255, 255))
        canvas.frame(x: left, y: top, width: side, height: side, thickness: 1, Self.line)
        for share in [-1.0, -0.5, 0, 0.5, 1] {
            let at = Int(place(share * reach).rounded())
            canvas.fill(x: left + min(at, side - 1), y: top, width: 1, height: side, Self.line)
            canvas.fill(x: left, y: top + min(side - at, side - 1), width: side, height: 1, Self.line)
            let text = TextStyle(scale: 1, colour: Self.soft, pen: 1.2)
            let label = "\(Int((share * reach).rounded()))"
            canvas.draw(label, x: Double(left + at) - text.width(of: label) / 2, y: Double(top + side + 5), text)
            canvas.draw(
                label, x: Double(left) - text.width(of: label) - 7, y: Double(top + side - at) - 8, text)
        }
        // The diagonal, on which measured and expected agree.
        for at in stride(from: 0, to: side, by: 1) {
            canvas.fill(x: left + at, y: top + side - 1 - at, width: 1, height: 1, Self.soft)
        }
        for point in panel.points {
            let x = left + Int(place(min(max(point.x, -reach), reach)).rounded())
            let y = top + side - Int(place(min(max(point.y, -reach), reach)).rounded())
            canvas.fill(x: x - 2, y: y - 2, width: 5, height: 5, Self.dot)
        }
        let heading = TextStyle(scale: 1, colour: Self.ink, pen: 1.45)
        canvas.draw(panel.title, x: Double(left), y: Double(top - 24), heading)
        let axis = TextStyle(scale: 1, colour: Self.soft, pen: 1.2)
        let below = "across: \(panel.axes.x), up: \(panel.axes.y)"
        canvas.draw(
            below, x: Double(left) + (Double(side) - axis.width(of: below)) / 2, y: Double(top + side + 26), axis)
    }

    /// Both axes reach this far on either side of 0: a multiple of 10.
    private static func reach(_ points: [SIMD2<Double>]) -> Double {
        let largest = points.flatMap { [abs($0.x), abs($0.y)] }.filter(\.isFinite).max() ?? 0
        return max(10, (largest / 10).rounded(.up) * 10)
    }
}
