/// The keys of one morph or bone, in order of their frames.
struct VMDTrack<Value: Sendable>: Sendable {
    private var keys: [(frame: Int, value: Value)] = []

    /// Adds a key; keys come in any order, and of two at a frame the later counts.
    mutating func set(_ value: Value, at frame: Int) { keys.append((frame, value)) }

    /// Puts the keys in order, after the last was added.
    mutating func finish() {
        var ordered: [(frame: Int, value: Value)] = []
        let sorted = keys.enumerated().sorted { ($0.element.frame, $0.offset) < ($1.element.frame, $1.offset) }
        for (_, key) in sorted {
            if ordered.last?.frame == key.frame { ordered.removeLast() }
            ordered.append(key)
        }
        keys = ordered
    }

    /// The last key's frame.
    var last: Int? { keys.last?.frame }

    /// The value at a frame: the first key's before it, the last key's after it, else mixed.
    ///
    /// - Parameter mix: what lies between an earlier and a later key, 0…1 of the way.
    func value(at frame: Int, mix: (Value, Value, Double) -> Value) -> Value? {
        var low = 0
        var high = keys.count
        while low < high {
            let middle = (low + high) / 2
            if keys[middle].frame > frame { high = middle } else { low = middle + 1 }
        }
        guard low > 0 else { return keys.first?.value }
        guard low < keys.count else { return keys.last?.value }
        let (before, after) = (keys[low - 1], keys[low])
        return mix(before.value, after.value, Double(frame - before.frame) / Double(after.frame - before.frame))
    }
}
