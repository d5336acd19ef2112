// StreamClient: a client of the control socket that has requested a stream, until it has the answer. Then its socket is a
// connection like any other, and no limit of control clients applies to it.
//
//   waiting --the other end has connected--> the answer is written, the socket is passed on
//      |  refused: the answer is written, the socket is closed
//      +--> over                                        it has closed: the stream is reset
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "control/operations.h"
#include "os/asio.h"

namespace serialtcp::control {

class StreamClient : public std::enable_shared_from_this<StreamClient> {
 public:
  /// `first` is what has been read after the request. `over` is called once, when there is nothing more to do, but not
  /// after drop().
  StreamClient(io::StreamSocket socket, std::string first, std::function<void(const StreamClient&)> over);

  void start(Operations& operations, const ConnectRequest& request, const std::string& who);
  /// Its stream, if there is none yet, is not needed any more.
  void drop();

 private:
  void watch();
  void answered(std::expected<Operations::Stream, Error> result);
  bool write(const std::string& line);
  void end();

  io::StreamSocket socket_;
  std::string first_;
  std::function<void(const StreamClient&)> over_;  ///< null once it is over
  std::shared_ptr<void> request_;
};

}  // namespace serialtcp::control
