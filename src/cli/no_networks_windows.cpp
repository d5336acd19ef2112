// No network for a device: [[net]] of a configuration file is a mistake.
#include "cli/net_table.h"

namespace serialtcp::cli {

namespace {

class NoNetworks final : public TableKind {
 public:
  const TableWords& words() const override { return kNetWords; }
  OptionTable rows() const override { return {}; }
  std::expected<std::shared_ptr<TableOptions>, Mistakes> judge(const Given&) const override {
    return std::unexpected(Mistakes{{.text = "a network for a device is not there on Windows: use serialtcp "
                                             "of Linux, or PPP of Windows",
                                     .form = Mistake::Form::sentence}});
  }
  std::string device(const TableOptions&) const override { return ""; }
  std::vector<ConfigMistake> clashes(std::span<const Table>) const override { return {}; }
  std::vector<StartProblem> start_problems(const TableOptions&, const StartSite&) const override {
    return {};
  }
  std::unique_ptr<TableSet> make_set(io::asio::io_context&, Log&) const override { return nullptr; }
  std::vector<StatusLines> status_lines(const control::ProcessStatus&) const override { return {}; }
};

}  // namespace

std::string network_library_version() {
  return "";
}

const TableKind& net_tables() {
  static const NoNetworks kind;
  return kind;
}

}  // namespace serialtcp::cli
