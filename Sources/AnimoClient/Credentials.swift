import AnimoWire
import NIOCore

#if TLS
    import NIOSSL
    import NIOTLS
#endif

/// Credentials of a client over TCP. A Unix socket needs none.
public struct Credentials: Sendable {
    /// Sent with every call as `authorization: Bearer TOKEN`.
    public var token: String?
    /// TLS; nil for none.
    public var security: ClientSecurity?

    /// Creates credentials; without arguments, none.
    public init(token: String? = nil, security: ClientSecurity? = nil) {
        self.token = token
        self.security = security
    }

    /// Metadata sent with each request.
    var metadata: [Wire.KeyValue] {
        token.map { [Wire.KeyValue(key: "authorization", value: "Bearer \($0)")] } ?? []
    }
}

/// TLS towards a daemon, with a certificate of our own where it wants one.
public struct ClientSecurity: Sendable {
    #if TLS
        private let context: NIOSSLContext

        /// - Parameters:
        ///   - authority: PEM file of the authority that signed the daemon's certificate; nil: those this machine
        ///     trusts.
        ///   - certificate: PEM file, to show to the daemon, and its key.
        /// - Throws: `RPCError`, FAILED_PRECONDITION, where a file is not what it should be.
        public init(authority: String?, certificate: (file: String, key: String)? = nil) throws(RPCError) {
            do {
                var configuration = TLSConfiguration.makeClientConfiguration()
                configuration.minimumTLSVersion = .tlsv12
                if let authority {
                    configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(authority))
                }
                if let certificate {
                    configuration.certificateChain = try NIOSSLCertificate.fromPEMFile(certificate.file)
                        .map { .certificate($0) }
                    configuration.privateKey = .privateKey(
                        try NIOSSLPrivateKey(file: certificate.key, format: .pem))
                }
                context = try NIOSSLContext(configuration: configuration)
            } catch {
                throw RPCError(
                    code: .failedPrecondition, message: "TLS: expected PEM files of certificates and their key")
            }
        }

        /// Sets TLS up on a new connection to `host`.
        func secure(_ channel: any Channel, host: String) throws {
            // A name is checked against the certificate; a number is by the connection's own address.
            let isNumber = (try? SocketAddress(ipAddress: host, port: 0)) != nil
            try channel.pipeline.syncOperations.addHandler(
                NIOSSLClientHandler(context: context, serverHostname: isNumber ? nil : host))
        }
    #else
        /// - Throws: always: this build has no TLS.
        public init(authority: String?, certificate: (file: String, key: String)? = nil) throws(RPCError) {
            throw RPCError(
                code: .unimplemented, message: "this build has no TLS; expected one made with `--traits TLS`")
        }

        /// Never called: without TLS no value of this type exists.
        func secure(_ channel: any Channel, host: String) throws {}
    #endif
}

extension Error {
    /// A TLS failure, which no retry can resolve; nil for any other error.
    var tlsFailure: RPCError? {
        #if TLS
            switch self {
            case let error as NIOSSLError: RPCError(code: .unauthenticated, message: "TLS: \(error)")
            case let error as BoringSSLError: RPCError(code: .unauthenticated, message: "TLS: \(error)")
            case is NIOSSLExtraError: RPCError(code: .unauthenticated, message: "TLS: \(self)")
            default: nil
            }
        #else
            nil
        #endif
    }
}
