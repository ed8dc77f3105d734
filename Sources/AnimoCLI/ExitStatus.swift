/// Exit status of a program, after sysexits.h. Scripts and service managers act on these numbers, so they never change.
package enum ExitStatus: Int32, Sendable, CaseIterable {
    case success = 0
    case usage = 64
    case badData = 65
    case notFound = 66
    case unavailable = 69
    case software = 70
    case cannotWrite = 73
    case tryAgain = 75
    case noPermission = 77
    case configuration = 78
    case interrupted = 130
}
