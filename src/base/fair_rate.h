// FairRate: so many at once and so many a second for several members, such that none can take all. Half of it
// is divided evenly, the other half is for whoever comes first; a member that is alone can have all. Knows no
// clock.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "base/token_bucket.h"
#include "serialtcp/time.h"

namespace serialtcp::base {

class FairRate {
 public:
  FairRate(std::uint64_t at_once, std::uint64_t per_second)
      : at_once_(at_once / 2), per_second_(per_second / 2), common_(at_once_, per_second_) {}

  /// One of those who share; from its construction to its end.
  class Member {
   public:
    explicit Member(std::shared_ptr<FairRate> rate)
        : rate_(std::move(rate)), own_(rate_->bucket_for(++rate_->members_)) {
      made_for_ = rate_->members_;
    }
    ~Member() { --rate_->members_; }
    Member(const Member&) = delete;
    Member& operator=(const Member&) = delete;

    /// Whether there was one to take.
    bool take(Time now) {
      if (made_for_ != rate_->members_) own_ = rate_->bucket_for(made_for_ = rate_->members_);
      return own_.take(now) || rate_->common_.take(now);
    }

   private:
    std::shared_ptr<FairRate> rate_;
    TokenBucket own_;
    std::size_t made_for_ = 0;  ///< so many members is own_
  };

 private:
  TokenBucket bucket_for(std::size_t members) const {
    return {std::max<std::uint64_t>(1, at_once_ / members),
            std::max<std::uint64_t>(1, per_second_ / members)};
  }

  std::uint64_t at_once_;
  std::uint64_t per_second_;
  TokenBucket common_;
  std::size_t members_ = 0;
};

}  // namespace serialtcp::base
