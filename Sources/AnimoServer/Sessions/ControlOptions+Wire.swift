import AnimoMotion
import AnimoWire

extension ControlOptions {
    private static let gains: ClosedRange<Float> = 0...2
    private static let smoothings: ClosedRange<Float> = 0...4

    /// - Parameters:
    ///   - relative: nil where motion is absolute.
    ///   - code: of the session's model.
    ///   - fixed: the numbers of `Control.fixed`, checked.
    ///   - own: the source's own state, whose translation stands for that of a fixed pose, which has none.
    /// - Throws: where a number is outside its range, or a group is set that the model cannot tell apart.
    init(
        _ wire: Wire.Control, relative: Wire.Relative?, of code: ControlCode, fixed: [Float]?, own: [Double]
    ) throws(RPCError) {
        self.init()
        let given: [(ControlGroup, Wire.Group?)] = [
            (.brows, wire.brows), (.eyes, wire.eyes), (.mouth, wire.mouth), (.rotation, wire.rotation),
            (.translation, wire.translation), (.body, wire.body),
        ]
        for (group, wire) in given {
            guard let wire else { continue }
            groups[group] = try Self.group(wire, field: "control.\(group.rawValue)")
        }
        // Without a basis nothing tells brows, eyes and mouth from each other.
        if code.layout.groups[.mouth] == nil {
            guard self[.brows] == self[.eyes], self[.eyes] == self[.mouth] else {
                throw RPCError(
                    .failedPrecondition, .outOfRange,
                    "control: this model cannot tell brows, eyes and mouth apart: set them alike", field: "control")
            }
        }
        if let relative {
            let parts: [(RelativePart, Bool)] = [
                (.expression, relative.expression), (.rotation, relative.rotation),
                (.translation, relative.translation),
            ]
            let named = parts.filter(\.1).map(\.0)
            self.relative = Set(named.isEmpty ? RelativePart.allCases : named)
        }
        isMirrored = wire.mirror
        if let fixed {
            self.fixed = own
            for (index, value) in fixed.enumerated() where index < self.fixed.count {
                self.fixed[index] = Double(value)
            }
        } else {
            self.fixed = own.enumerated().map { index, value in
                code.layout.groups[.translation]?.contains(index) == true ? value : 0
            }
        }
        if let lost = wire.lost {
            self.lost = Lost(
                hold: Self.seconds(lost.holdMs, usual: 500), ease: Self.seconds(lost.easeMs, usual: 1000),
                back: Self.seconds(lost.backMs, usual: 300))
        }
        idleSeed = wire.idle?.seed ?? 0
        if case .amount(let amount)? = wire.idle?.strength {
            idleAmount = Double(try Self.checked(amount, in: Self.gains, field: "control.idle.amount"))
        }
        blend = Self.seconds(wire.blendMs, usual: 200)
    }

    private static func group(_ wire: Wire.Group, field: String) throws(RPCError) -> Group {
        var group = Group(
            origin: wire.origin.native,
            smoothing: Double(try checked(wire.smoothing, in: smoothings, field: "\(field).smoothing")))
        if case .gain(let gain)? = wire.strength {
            group.gain = Double(try checked(gain, in: gains, field: "\(field).gain"))
        }
        return group
    }

    private static func checked(
        _ value: Float, in range: ClosedRange<Float>, field: String
    ) throws(RPCError) -> Float {
        guard range.contains(value) else {
            throw RPCError.invalid(
                field, .outOfRange, limit: Double(range.upperBound), actual: value.isFinite ? Double(value) : 0,
                "expected \(range.lowerBound) to \(range.upperBound), got \(value)")
        }
        return value
    }

    private static func seconds(_ milliseconds: UInt32, usual: UInt32) -> Double {
        Double(milliseconds == 0 ? usual : milliseconds) / 1000
    }
}

extension Wire.Origin {
    var native: ControlOrigin {
        switch self {
        case .driver: .driver
        case .fixed: .fixed
        case .source: .source
        case .idle: .idle
        }
    }
}
