import AnimoServer

/// Settings while they are read: what belongs together is only known when all keys are.
struct SettingsDraft {
    var settings = Settings()
    var serve = AccessPolicy.List()
    var admin = AccessPolicy.List()
    var tokens: [String] = []
    var certificate: String?
    var key: String?
    var clientAuthority: String?

    func finished() throws -> Settings {
        var settings = settings
        settings.hasTokens = !tokens.isEmpty
        settings.access = AccessPolicy(serve: serve, admin: admin, tokens: tokens)
        settings.security = try security()
        return settings
    }

    private func security() throws -> TransportSecurity? {
        let given = [("tls.certificate", certificate), ("tls.key", key), ("tls.client_ca", clientAuthority)]
        guard let first = given.first(where: { $0.1 != nil })?.0 else { return nil }
        guard TransportSecurity.isBuiltIn else {
            throw StartFailure.setting(first, "this build has no TLS; expected one made with --traits TLS")
        }
        guard let certificate, let key else {
            throw StartFailure.setting(first, "expected tls.certificate and tls.key together")
        }
        let authority = try clientAuthority.map { try Secrets.path($0, key: "tls.client_ca") }
        let certificateFile = try Secrets.path(certificate, key: "tls.certificate")
        let keyFile = try Secrets.path(key, key: "tls.key")
        try Secrets.checkIsPrivate(keyFile, key: "tls.key")
        do throws(TransportSecurityError) {
            return try TransportSecurity(
                certificate: certificateFile, key: keyFile, clientAuthority: authority,
                admitsStrangers: !tokens.isEmpty)
        } catch {
            throw StartFailure.setting("tls.\(error.setting)", error.message)
        }
    }
}
