extension ControlLayout {
    /// The fourth stage: the state seen in a mirror. Left and right change places; yaw, roll and x change their sign.
    func mirrored(_ state: [Double]) -> [Double] {
        var result = state
        for pair in mirrorPairs { result.swapAt(pair.x, pair.y) }
        for index in mirrorSigns { result[index] = -result[index] }
        return result
    }
}
