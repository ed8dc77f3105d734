import Foundation

/// Users and groups by name or number.
enum Accounts {
    static func user(_ name: String, key: String) throws -> UInt32 {
        if let number = UInt32(name) { return number }
        guard let entry = getpwnam(name) else { throw StartFailure.setting(key, "no user is named '\(name)'") }
        return entry.pointee.pw_uid
    }

    static func group(_ name: String, key: String) throws -> UInt32 {
        if let number = UInt32(name) { return number }
        guard let entry = getgrnam(name) else { throw StartFailure.setting(key, "no group is named '\(name)'") }
        return entry.pointee.gr_gid
    }
}
