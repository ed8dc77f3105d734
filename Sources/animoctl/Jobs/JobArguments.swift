import AnimoCLI
import AnimoJobs
import ArgumentParser
import Foundation

extension OutputKind: ExpressibleByArgument {}

/// `--rate R|driver`
struct RateArgument: Equatable, Sendable {
    let rate: FrameRate?

    init(parsing text: String) throws {
        guard text != "driver" else {
            rate = nil
            return
        }
        guard let rate = FrameRate(parsing: text), rate.value >= 0.1, rate.value <= 240 else {
            throw ValidationError("expected driver or frames a second, such as 25, 29.97 or 30000/1001")
        }
        self.rate = rate
    }
}

/// `--from` and `--to`: seconds, or hours and minutes before them.
struct TimeArgument: Equatable, Sendable {
    let seconds: Double

    init(parsing text: String) throws {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map { Double($0) }
        let numbers = parts.compactMap { $0 }
        guard (1...3).contains(parts.count), numbers.count == parts.count,
            numbers.allSatisfy({ $0.isFinite && $0 >= 0 }),
            numbers.dropFirst().allSatisfy({ $0 < 60 })
        else { throw ValidationError("expected seconds, MM:SS or HH:MM:SS") }
        seconds = numbers.reduce(0) { $0 * 60 + $1 }
        guard seconds <= 1e7 else { throw ValidationError("expected at most 10000000 seconds") }
    }
}

/// `--audio copy|none|FILE`
enum AudioArgument: Equatable, Sendable {
    case copy, none
    case file(String)

    init(parsing text: String) throws {
        switch text {
        case "copy": self = .copy
        case "none": self = .none
        case "": throw ValidationError("expected copy, none or a file")
        default: self = .file(text)
        }
    }
}

/// `--on-no-head hold|idle|fail`
enum NoHeadArgument: String, ExpressibleByArgument, CaseIterable, Sendable {
    case hold, idle, fail
}

/// Whether the items after one that failed are done.
enum FailurePolicy: EnumerableFlag {
    case keepGoing, stopOnError

    static func help(for value: FailurePolicy) -> ArgumentHelp? {
        switch value {
        case .keepGoing: "Go on with the next item where one fails."
        case .stopOnError: "Stop at the first item that fails."
        }
    }
}

extension Failure {
    init(_ error: JobError) {
        let status: ExitStatus =
            switch error.code {
            case .usage: .usage
            case .badData: .badData
            case .notFound: .notFound
            case .missingProgram: .unavailable
            case .failed: .software
            case .cannotWrite: .cannotWrite
            case .busy: .tryAgain
            }
        self.init(status, error.message, hint: error.hint)
    }
}
