// PortLog: the file of what a shared port receives. Never waits: what cannot be written is dropped, and marked.
#pragma once

#include <expected>
#include <optional>
#include <string>

#include "os/observer.h"
#include "port/record_output.h"
#include "serialtcp/bytes.h"
#include "share/share_config.h"
#include "share/transcript.h"

namespace serialtcp::share {

class PortLog {
 public:
  /// Nothing is written if the configuration names no file. References outlive it.
  PortLog(const ShareConfig& config, io::Observer& observer);

  /// The error is a sentence.
  std::expected<void, std::string> open();
  /// Goes on in the file that is at its path now.
  void open_again();
  void add(Transcript::Way way, ByteView bytes);

 private:
  void tell_problem();

  const ShareConfig& config_;
  io::Observer& observer_;
  std::optional<io::RecordOutput> output_;
  Transcript transcript_;
};

}  // namespace serialtcp::share
