/// Size of a scenario.
enum TrialSize {
    /// A hundredth of the suite's, for a look.
    case quick
    /// The tests' size.
    case suite
    /// The size before a release.
    case release

    /// One of three numbers.
    func pick<Value>(_ quick: Value, _ suite: Value, _ release: Value) -> Value {
        switch self {
        case .quick: quick
        case .suite: suite
        case .release: release
        }
    }
}
