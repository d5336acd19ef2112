// OwnStream: the stream of serialtcp connect, or shell, with a line of its own. Requests it when the link is up, and ends the links
// when it has ended. Another process moves bytes between its socket and standard input and output (cli/stdio_relay).
//
//   waiting --link up--> requested --answered--> open --ended--> over --the other process has ended--> stop
//      +--------------------+----------------------+--the other process has failed--> stop
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <string>

#include "cli/link_set.h"
#include "cli/options.h"
#include "os/asio.h"
#include "os/lifetime.h"
#include "service/stream_requests.h"

namespace serialtcp::cli {

class OwnStream {
 public:
  /// Owns the socket, and reaps the process. The rest outlives it.
  OwnStream(io::asio::io_context& context, LinkSet& links, const RunOptions::Joint& joint);
  ~OwnStream();
  OwnStream(const OwnStream&) = delete;
  OwnStream& operator=(const OwnStream&) = delete;

  /// To be called in each turn of the loop.
  void look();

 private:
  enum class State : std::uint8_t { waiting, requested, open, over };

  void request(Link& link);
  void answered(std::expected<io::StreamRequests::Opened, std::string> opened);
  void ended(const io::StreamRequests::End& end);
  void watch_process();
  void process_ended();
  void fail(const std::string& why);
  void stop();

  io::asio::io_context& context_;
  LinkSet& links_;
  RunOptions::Joint joint_;
  io::asio::posix::stream_descriptor process_exit_;
  State state_ = State::waiting;
  int status_ = 0;    ///< of the program, when it is over
  std::string what_;  ///< that was requested, for messages
  std::shared_ptr<void> request_;
  io::Lifetime lifetime_;
};

}  // namespace serialtcp::cli
