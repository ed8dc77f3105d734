import AnimoCheckpoint
import AnimoJobs
import AnimoLoad
import AnimoModelFile
import AnimoMotion
import AnimoPictures
import AnimoWire

extension Failure {
    /// Any error of the libraries; nil for those of the argument parser, which reports its own.
    init?(any error: any Error) {
        switch error {
        case let failure as Failure: self = failure
        case is ReaderGone: self.init(.success, "")
        case is CancellationError: self.init(.interrupted, "interrupted")
        case let error as RPCError: self.init(error)
        case let error as PrivateDaemon.Failure: self.init(.unavailable, error.description)
        case let error as PictureError: self.init(.badData, error.message)
        case let error as CheckpointError: self.init(.badData, error.message)
        case let error as ModelFileError: self.init(.badData, error.message)
        case let error as JobError: self.init(error)
        case let error as PoseError: self.init(.badData, error.message)
        default: return nil
        }
    }
}
