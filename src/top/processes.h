// Processes: the running processes of this program, all asked at once and none waited for: one that does not answer must
// not delay the others, or the keys.
#pragma once

#include <poll.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "control/client.h"
#include "control/status_query.h"
#include "serialtcp/time.h"
#include "top/model.h"

namespace serialtcp::top {

class Processes {
 public:
  /// An answer that takes longer is worth a message.
  static constexpr std::chrono::seconds kSlow{2};
  /// Connections to be closed for which there is no answer yet.
  static constexpr std::size_t kMaxCloses = 16;

  /// With a path, only the process that listens there; with a name, only links that are called so.
  Processes(std::optional<std::string> path, std::string link)
      : path_(std::move(path)), link_(std::move(link)) {}

  /// Looks which processes there are, and asks those for their status that are not being asked.
  void ask(Time now);
  /// Resets a connection.
  void close(const Key& connection);

  /// What to wait for with poll(2).
  std::vector<pollfd> descriptors() const;
  /// Takes the answers that have come. Returns whether there was one.
  bool take(Model& model);
  /// Whether all that were asked have answered.
  bool is_complete() const;

  /// What has happened since the last call, a sentence each.
  std::vector<std::string> news();
  /// What is wrong now, a sentence each.
  std::vector<std::string> problems(Time now) const;

 private:
  struct Process {
    std::uint64_t number = 0;  ///< of this process in the model
    std::string path = {};
    std::optional<control::Client> client = {};
    std::optional<control::StatusQuery> query = {};
    Time asked = {};
    std::optional<std::uint64_t> pid = {};  ///< as its last status says; nothing: it is not shown
    std::string problem = {};               ///< of the last attempt
    bool gone = false;                      ///< nobody listens there
  };
  struct Close {
    std::string name;
    control::Client client;
  };

  void look();
  void start(Process& process, Time now);
  static bool begin(Process& process, const std::string& link);
  void connect(Process& process);
  void take_failure(Process& process, const control::Failure& failure);
  void take_status(Process& process, control::ProcessStatus status, Model& model);
  void remove_gone(Model& model);
  bool take_closes();
  std::string nothing() const;

  std::optional<std::string> path_;
  std::string link_;
  std::vector<std::unique_ptr<Process>> processes_;  ///< a query refers to its client
  std::vector<Close> closes_;
  std::vector<std::string> refused_;  ///< where processes of others may be
  std::vector<std::string> news_;
  std::uint64_t last_number_ = 0;
  std::size_t rounds_ = 0;  ///< of questions
};

}  // namespace serialtcp::top
