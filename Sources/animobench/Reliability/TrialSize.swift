/// How much of a row of `reliability.md` is run.
enum TrialSize {
    /// A hundredth of the suite's, for a look.
    case quick
    case suite
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
