import AnimoConcurrency
import NIOCore
import NIOHTTP1

/// Answers `GET /metrics` over HTTP, one request a connection.
///
/// A request with a body is answered by its head alone: none of the body is read.
final class MetricsHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let page: MetricsPage
    private var isAnswered = false

    init(page: MetricsPage) { self.page = page }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(let head) = unwrapInboundIn(data), !isAnswered else { return }
        isAnswered = true
        try? context.channel.syncOptions?.setOption(ChannelOptions.autoRead, value: false)
        context.triggerUserOutboundEvent(ObserverHandler.Event.asked, promise: nil)
        page.send(in: answer(to: head), on: context.channel)
    }

    private func answer(to head: HTTPRequestHead) -> MetricsPage.Answer {
        guard head.method == .GET || head.method == .HEAD else { return .init(.methodNotAllowed, to: head) }
        guard head.uri.prefix(while: { $0 != "?" }) == "/metrics" else { return .init(.notFound, to: head) }
        let hasBody =
            head.headers.contains(name: "transfer-encoding")
            || head.headers["content-length"].contains { $0 != "0" }
        return .init(hasBody ? .payloadTooLarge : .ok, to: head)
    }
}

/// The metrics as a page of their own, made on a thread where that may take its time.
struct MetricsPage: Sendable {
    struct Answer: Sendable {
        let status: HTTPResponseStatus
        let version: HTTPVersion
        let isHeadOnly: Bool

        init(_ status: HTTPResponseStatus, to request: HTTPRequestHead) {
            self.status = status
            version = request.version
            isHeadOnly = request.method == .HEAD
        }
    }

    /// One report at a time, so that those who ask often take one thread at most.
    private let turn = AsyncSemaphore(1)
    private let report: MetricsReport

    init(report: MetricsReport) { self.report = report }

    func send(in answer: Answer, on channel: any Channel) {
        Task { await write(answer, on: channel) }
    }

    /// On a thread of its own: nothing that calls wait for has to be waited for.
    private func text() async throws -> String {
        try await turn.wait()
        defer { turn.signal() }
        return try await runBlocking { report.text() }
    }

    private func write(_ answer: Answer, on channel: any Channel) async {
        let status = answer.status
        var body = "try GET /metrics\n"
        if status == .ok {
            body = (try? await text()) ?? "stopping\n"
        }
        let headers: HTTPHeaders = [
            "Content-Type": status == .ok ? PrometheusText.contentType : "text/plain; charset=utf-8",
            "Content-Length": "\(body.utf8.count)", "Connection": "close",
        ]
        channel.write(
            HTTPServerResponsePart.head(.init(version: answer.version, status: status, headers: headers)),
            promise: nil)
        if !answer.isHeadOnly {
            channel.write(HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(string: body))), promise: nil)
        }
        try? await channel.writeAndFlush(HTTPServerResponsePart.end(nil)).get()
        channel.close(promise: nil)
    }
}
