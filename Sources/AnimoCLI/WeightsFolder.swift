import AnimoFiles
import Foundation

/// Folder of the model files that were fetched for this user, in which private daemons look for them.
package enum WeightsFolder {
    /// `/var/lib/animod` for root, else `$XDG_DATA_HOME/animod`, else `~/.local/share/animod`.
    package static var standard: String {
        if geteuid() == 0 { return "/var/lib/animod" }
        let environment = ProgramEnvironment.all
        if let data = environment["XDG_DATA_HOME"], data.hasPrefix("/") { return "\(data)/animod" }
        return "\(environment["HOME"] ?? NSHomeDirectory())/.local/share/animod"
    }
}
