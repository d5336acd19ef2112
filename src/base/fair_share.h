// FairShare and FairRate: something of which there is so much, or so much a second, for several members, such that none
// can take all. Half of it is divided evenly among the members, the other half goes to whoever needs it first. A member
// that is alone can have all. Neither knows what is shared, nor who shares it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "base/bucket.h"
#include "serialtcp/time.h"

namespace serialtcp::base {

/// Of things that are held. It counts nothing by itself: it asks each member how many that has.
class FairShare {
 public:
  /// `total` is at least 2. A member has one for itself even where there are more members than that.
  explicit FairShare(std::size_t total) : half_(total / 2) {}

  /// One of those who share; from its construction to its end.
  class Member {
   public:
    /// `held` says how many it has.
    Member(std::shared_ptr<FairShare> share, std::function<std::size_t()> held)
        : share_(std::move(share)), held_(std::move(held)) {
      share_->members_.push_back(this);
    }
    ~Member() { std::erase(share_->members_, this); }
    Member(const Member&) = delete;
    Member& operator=(const Member&) = delete;

    /// Whether it may have one more than it has now.
    bool may_add() const { return held_() < share_->own() || share_->common_held() < share_->half_; }

   private:
    friend class FairShare;

    std::shared_ptr<FairShare> share_;
    std::function<std::size_t()> held_;
  };

 private:
  /// What is each member's own.
  std::size_t own() const { return std::max<std::size_t>(1, half_ / members_.size()); }

  std::size_t common_held() const {
    std::size_t sum = 0;
    for (const Member* member : members_) sum += std::max(member->held_(), own()) - own();
    return sum;
  }

  std::size_t half_;
  std::vector<const Member*> members_;
};

/// Of things that happen: so many at once and so many a second.
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
      return own_.try_take(now) || rate_->common_.try_take(now);
    }

   private:
    std::shared_ptr<FairRate> rate_;
    Bucket own_;
    std::size_t made_for_ = 0;  ///< so many members is own_
  };

 private:
  Bucket bucket_for(std::size_t members) const {
    return {std::max<std::uint64_t>(1, at_once_ / members),
            std::max<std::uint64_t>(1, per_second_ / members)};
  }

  std::uint64_t at_once_;
  std::uint64_t per_second_;
  Bucket common_;
  std::size_t members_ = 0;
};

}  // namespace serialtcp::base
