internal import CCurl
internal import Glibc

// What libcurl calls, on the transport's thread, inside curl_multi_perform. The context is the transfer's `Answer`.

/// CURLOPT_WRITEFUNCTION(3): any count but the one given ends the transfer.
func receiveBody(
    _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let context else { return 0 }
    let piece = UnsafeRawBufferPointer(start: bytes, count: size * count)
    return context.assumingMemoryBound(to: Answer.self).pointee.addBody(piece) ? piece.count : 0
}

/// CURLOPT_HEADERFUNCTION(3): one call for each whole line.
func receiveHead(
    _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let context else { return 0 }
    let line = UnsafeRawBufferPointer(start: bytes, count: size * count)
    return context.assumingMemoryBound(to: Answer.self).pointee.addHead(line) ? line.count : 0
}

/// CURLOPT_PREREQFUNCTION(3): the connection is ready and the request is next. See `TransportFailure.Stage`.
func aboutToSend(
    _ context: UnsafeMutableRawPointer?, _ remote: UnsafeMutablePointer<CChar>?, _ local: UnsafeMutablePointer<CChar>?,
    _ remotePort: Int32, _ localPort: Int32
) -> Int32 {
    guard let context else { return CURL_PREREQFUNC_ABORT }
    let answer = context.assumingMemoryBound(to: Answer.self)
    answer.pointee.attempts += 1
    return answer.pointee.attempts == 1 ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
}

/// CURLOPT_OPENSOCKETFUNCTION(3): as libcurl does it, but closed in child processes. A child that inherits a connection would
/// keep it open after we closed it.
func openSocket(
    _ context: UnsafeMutableRawPointer?, _ purpose: curlsocktype, _ address: UnsafeMutablePointer<curl_sockaddr>?
) -> curl_socket_t {
    // CURL_SOCKET_BAD
    guard let address = address?.pointee else { return -1 }
    return socket(address.family, address.socktype | Int32(SOCK_CLOEXEC.rawValue), address.protocol)
}
