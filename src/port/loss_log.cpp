#include "port/loss_log.h"

#include <algorithm>

namespace serialtcp::io {

bool LossLog::lost(const std::string& reason, Time at) {
  if (told_.empty()) {
    since_ = at;
    again_.restart();
  }
  const bool news = told_.size() < kReasons && std::ranges::find(told_, reason) == told_.end();
  if (news) told_.push_back(reason);
  absence_told_ = news || again_.due(at - since_);
  return absence_told_;
}

}  // namespace serialtcp::io
