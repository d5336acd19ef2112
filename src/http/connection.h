// Connection: one client of the HTTP server. Answers its requests one after the other, within limits of time and size.
// Keeps itself alive by its pending waits until it is dropped.
//
//   request <-----------------------> resting <--> answer ----> events
//      |   one is complete, and the      |            |           |
//      |   loop may work on it           |            +-> last words: what it still sends is read and dropped
//      +------------------------+--------+------------+-----------+
//                               v   it has gone, or is too slow
//                            dropped
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string>

#include "http/request.h"
#include "http/response.h"
#include "os/alarm.h"
#include "os/asio.h"
#include "serialtcp/time.h"

namespace serialtcp::http {

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  /// From the connection, or the first byte of a later request, to its empty line.
  static constexpr Duration kRequestTime = std::chrono::seconds(5);
  /// Between an answer and the next request.
  static constexpr Duration kIdle = std::chrono::seconds(30);
  /// A client that reads nothing of an answer for this time is dropped ...
  static constexpr Duration kStalled = std::chrono::seconds(5);
  /// ... and one that has not read all of it, or all of an event, in this time.
  static constexpr Duration kAnswerTime = std::chrono::seconds(60);
  /// Requests on one connection.
  static constexpr int kMaxRequests = 1000;
  /// What a refused client still sends is read for this time, up to this size: to close before would reset the
  /// connection, and the client could lose the answer.
  static constexpr Duration kLastWords = std::chrono::seconds(2);
  static constexpr std::size_t kMaxLastWords = 2UL * 1024 * 1024;

  class Owner {
   public:
    virtual ~Owner() = default;
    /// Work for a client has to wait until then.
    virtual Time quiet_until() const = 0;
    /// Work for a client has taken so much processor time.
    virtual void worked(Duration cost) = 0;
    virtual Response answer(const Request& request) = 0;
    /// It is over: the owner forgets it.
    virtual void ended(const Connection& connection) = 0;
  };

  Connection(Owner& owner, io::StreamSocket socket);

  void start();
  /// Closes it at once, without ended().
  void drop();

  /// Nothing is being done for it: it may be dropped for the sake of another one.
  bool waits() const { return (state_ == State::request && !reader_.begun()) || state_ == State::last_words; }
  /// It gets events, or is about to.
  bool follows() const { return follows_; }
  /// An event, with its empty line. Left out if the client has not read the one before.
  void publish(const std::shared_ptr<const std::string>& event);

 private:
  enum class State { request, answer, events, last_words };

  void read();
  void take(const Request& request);
  void refuse(const Refusal& refusal);
  void respond(Response response);
  void write();
  void written();
  void next_piece();
  void watch();
  void say_goodbye();
  void arm(Duration patience);
  void timed_out();
  void resume();
  void end();

  Owner* owner_;  ///< null once it is dropped
  io::StreamSocket socket_;
  io::Alarm alarm_;
  State state_ = State::request;
  std::array<char, 4096> buffer_{};
  RequestReader reader_;
  Request request_;  ///< the last one
  std::string output_;
  std::size_t sent_ = 0;  ///< of the output
  std::unique_ptr<Pieces> pieces_;
  Framing framing_ = Framing::length;
  After after_ = After::close;
  Time answer_by_ = {};
  std::size_t last_words_ = 0;
  int requests_ = 0;
  bool timing_request_ = false;
  bool follows_ = false;
};

}  // namespace serialtcp::http
