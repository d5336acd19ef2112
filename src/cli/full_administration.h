// FullAdministration: all that there is.
#pragma once

#include <expected>
#include <memory>
#include <string>

#include "cli/administration.h"
#include "cli/own_stream.h"
#include "cli/program_control.h"
#include "cli/program_http.h"
#include "cli/table_sets.h"

namespace serialtcp::cli {

class FullAdministration final : public Administration {
 public:
  /// Listens where the options and the configuration want it, before the links start.
  FullAdministration(const Site& site, const Configuration& config);

  void start() override;
  void stop() override { tables_.stop(); }
  void look() override;
  void log_status() override { control_.log_status(); }
  void read_again() override;
  bool reopen_logs() override;
  std::size_t lookups_running() const override { return http_.lookups_running() + tables_.lookups_running(); }

 private:
  /// For somebody who has requested it; the error is what is wrong with the file, a line each.
  std::expected<control::Operations::Reloaded, std::string> reload(const std::string& who);
  void announce(const Configuration& config);
  void choose_control(const Configuration& config);
  void choose_http(const Configuration& config);

  const Site site_;
  TableSets tables_;
  ProgramControl control_;
  ProgramHttp http_;
  std::unique_ptr<OwnStream> own_stream_;  ///< of serialtcp connect
};

std::unique_ptr<Administration> make_full_administration(const Administration::Site& site,
                                                         const Configuration& config);

}  // namespace serialtcp::cli
