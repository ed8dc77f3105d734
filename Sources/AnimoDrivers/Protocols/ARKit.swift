import AnimoMotion

/// The 52 blend shapes of ARKit, in Apple's order. Sides are the face's own.
package enum ARKit {
    /// All 52, in Apple's order.
    package static let blendShapes: [InputName] =
        sided("eye", ["Blink", "LookDown", "LookIn", "LookOut", "LookUp", "Squint", "Wide"])
        + names(["jawForward", "jawLeft", "jawRight", "jawOpen"])
        + names(["mouthClose", "mouthFunnel", "mouthPucker", "mouthLeft", "mouthRight"])
        + paired(["mouthSmile", "mouthFrown", "mouthDimple", "mouthStretch"])
        + names(["mouthRollLower", "mouthRollUpper", "mouthShrugLower", "mouthShrugUpper"])
        + paired(["mouthPress", "mouthLowerDown", "mouthUpperUp", "browDown"]) + names(["browInnerUp"])
        + paired(["browOuterUp"]) + names(["cheekPuff"]) + paired(["cheekSquint", "noseSneer"]) + names(["tongueOut"])

    /// The same as a set.
    package static let names = Set(blendShapes)

    private static func names(_ names: [String]) -> [InputName] { names.map { InputName($0) } }

    /// Left and right of each name after one another.
    private static func paired(_ names: [String]) -> [InputName] {
        names.flatMap { [InputName("\($0)Left"), InputName("\($0)Right")] }
    }

    /// All names of the left side, then all of the right.
    private static func sided(_ prefix: String, _ names: [String]) -> [InputName] {
        ["Left", "Right"].flatMap { side in names.map { InputName(prefix + $0 + side) } }
    }
}
