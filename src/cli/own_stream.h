// OwnStream: the stream of serialtcp connect, or shell, with a line of its own. Requests it when the link is up, and ends the links
// when it has ended.
//
//   waiting --link up--> requested --answered--> open --ended--> over --the other process has ended--> stop
//      +--------------------+----------------------+--the other process has failed--> stop
#pragma once

namespace serialtcp::cli {

class OwnStream {
 public:
  OwnStream() = default;
  virtual ~OwnStream() = default;
  OwnStream(const OwnStream&) = delete;
  OwnStream& operator=(const OwnStream&) = delete;

  /// To be called in each turn of the loop.
  virtual void look() = 0;
};

}  // namespace serialtcp::cli
