import NIOCore

#if TLS
    import NIOSSL
    import NIOTLS
#endif

/// Reason why TLS cannot be had as configured.
package struct TransportSecurityError: Error, Sendable, Equatable {
    /// The setting that is wrong: `certificate`, `key` or `client_ca`.
    package let setting: String
    /// Message for a person: what was expected and what came.
    package let message: String
}

/// Reason why a connection did not come to be.
enum HandshakeError: Error {
    /// It was closed before its handshake was over.
    case gone
    case failed
}

/// TLS on TCP sockets, and who has a certificate.
package struct TransportSecurity: Sendable {
    /// Whether this build has TLS at all: the package trait of that name.
    package static var isBuiltIn: Bool {
        #if TLS
            true
        #else
            false
        #endif
    }

    /// Whether it tells clients apart: by their certificates.
    package let knowsClients: Bool

    #if TLS
        private let context: NIOSSLContext

        /// - Parameters:
        ///   - certificate: PEM file, the daemon's own certificate first and those of its authorities after it.
        ///   - key: PEM file.
        ///   - clientAuthority: PEM file; clients show a certificate that it signed.
        ///   - admitsStrangers: lets those in who show none, for they may show a token.
        package init(certificate: String, key: String, clientAuthority: String?, admitsStrangers: Bool)
            throws(TransportSecurityError)
        {
            let chain = try Self.certificates(certificate, setting: "certificate")
            guard let privateKey = try? NIOSSLPrivateKey(file: key, format: .pem) else {
                throw TransportSecurityError(setting: "key", message: "expected a PEM file with a private key")
            }
            var configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(privateKey))
            configuration.minimumTLSVersion = .tlsv12
            if let clientAuthority {
                configuration.trustRoots = .certificates(
                    try Self.certificates(clientAuthority, setting: "client_ca"))
                configuration.certificateVerification =
                    admitsStrangers ? .optionalVerification : .noHostnameVerification
            }
            knowsClients = clientAuthority != nil
            do {
                context = try NIOSSLContext(configuration: configuration)
            } catch {
                throw TransportSecurityError(
                    setting: "key", message: "the private key does not belong to the certificate")
            }
        }

        private static func certificates(_ path: String, setting: String) throws(TransportSecurityError)
            -> [NIOSSLCertificate]
        {
            guard let found = try? NIOSSLCertificate.fromPEMFile(path), !found.isEmpty else {
                throw TransportSecurityError(setting: setting, message: "expected a PEM file with certificates")
            }
            return found
        }

        /// Sets TLS up on a new connection.
        func secure(_ channel: any Channel) throws {
            try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
            try channel.pipeline.syncOperations.addHandler(
                HandshakeHandler(done: channel.eventLoop.makePromise(), knowsClients: knowsClients))
        }

        /// Waits until the handshake is over: the common name of the client's certificate, nil where it showed none.
        static func client(of channel: any Channel) async throws -> String? {
            try await channel.eventLoop.flatSubmit {
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.handler(type: HandshakeHandler.self).done.futureResult
                }.flatMap { $0 }
            }.get()
        }
    #else
        /// - Throws: always, since this build has no TLS.
        package init(certificate: String, key: String, clientAuthority: String?, admitsStrangers: Bool)
            throws(TransportSecurityError)
        {
            throw TransportSecurityError(
                setting: "certificate", message: "this build has no TLS; one made with `--traits TLS` has")
        }

        func secure(_ channel: any Channel) throws {}

        static func client(of channel: any Channel) async throws -> String? { nil }
    #endif
}

#if TLS
    /// Tells when the handshake is over, and ends a connection whose handshake takes longer than 10 s.
    private final class HandshakeHandler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        let done: EventLoopPromise<String?>
        private let knowsClients: Bool
        private var deadline: Scheduled<Void>?

        init(done: EventLoopPromise<String?>, knowsClients: Bool) {
            self.done = done
            self.knowsClients = knowsClients
        }

        func handlerAdded(context: ChannelHandlerContext) {
            let (done, channel) = (done, context.channel)
            deadline = context.eventLoop.scheduleTask(in: .seconds(10)) {
                done.fail(HandshakeError.failed)
                channel.close(promise: nil)
            }
        }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if case TLSUserEvent.handshakeCompleted? = event as? TLSUserEvent {
                deadline?.cancel()
                let handler = try? context.pipeline.syncOperations.handler(type: NIOSSLServerHandler.self)
                let name = knowsClients ? handler?.peerCertificate?.commonName : nil
                done.succeed(name)
            }
            context.fireUserInboundEventTriggered(event)
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            let isGone = error as? NIOSSLError == .handshakeFailed(.sslError([.eofDuringHandshake]))
            end(isGone ? .gone : .failed)
            context.fireErrorCaught(error)
        }

        func channelInactive(context: ChannelHandlerContext) {
            end(.gone)
            context.fireChannelInactive()
        }

        func handlerRemoved(context: ChannelHandlerContext) { end(.gone) }

        private func end(_ error: HandshakeError) {
            deadline?.cancel()
            done.fail(error)
        }
    }

    extension NIOSSLCertificate {
        /// Empty where the subject has none, so that a certificate without a name is one all the same.
        fileprivate var commonName: String {
            subjectName.last { $0.type == .commonName }?.value ?? ""
        }
    }
#endif
