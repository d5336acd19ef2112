// ListenLine: waits for one client, whose connection replaces a serial line: a virtual machine or a terminal server that
// connects to us. While it has one, others are refused.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "net/front_end.h"
#include "os/observer.h"
#include "os/text.h"
#include "port/connected_line.h"
#include "port/line_kind.h"
#include "serialtcp/time.h"

namespace serialtcp::io {

class ListenLine final : public ConnectedLine {
 public:
  /// Refused clients are reported at most this often.
  static constexpr Duration kRefusedAgain = std::chrono::seconds(30);
  /// A client whose kernel has not acknowledged anything for this long, although it should have, is replaced by another
  /// one.
  static constexpr Duration kClientIsGone = std::chrono::seconds(5);

  /// Makes the sockets that listen; the error is a sentence.
  using Listen = std::function<std::expected<std::unique_ptr<FrontEnd>, std::string>()>;

  ListenLine(const LineRequest& request, Listen listen);
  ~ListenLine() override;

  /// Without a client, fails for the first time; later it waits for one.
  void open(Opened opened) override;
  /// It still listens, and one client may wait.
  void close() override;
  LineResult read(MutableByteView into) override;
  std::string opened_as() const override;

 private:
  void accepted(StreamSocket client, const std::string& from);
  void take(StreamSocket client, const std::string& from);
  bool client_is_gone();
  void refuse(StreamSocket client, const std::string& from);

  Observer& observer_;
  Listen listen_;
  std::unique_ptr<FrontEnd> listener_;
  bool waits_ = false;  ///< from the second open() on
  Opened opened_;       ///< while it is being opened
  std::optional<StreamSocket> next_;
  std::string next_from_;
  std::string from_;  ///< of the client that is there
  bool replaced_ = false;
  std::uint64_t refused_ = 0;  ///< not yet reported
  Time refused_told_ = Time::min();
};

/// listen:[ADDRESS:]PORT, and listen:unix:PATH
extern const LineKind kListenLineKind;

}  // namespace serialtcp::io
