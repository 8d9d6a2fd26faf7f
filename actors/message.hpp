#pragma once

#include <caf/actor_system.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/detail/message_data.hpp>
#include <caf/detail/tuple_vals.hpp>
#include <caf/error.hpp>
#include <caf/replies_to.hpp>
#include <caf/rtti_pair.hpp>
#include <caf/type_erased_tuple.hpp>
#include <caf/type_erased_value.hpp>

#include <cstdint>
#include <string>
#include <tuple>
#include <typeinfo>
#include <utility>

/// What actors say to each other. caf 0.17 can do more with a message than
/// carry it: send it to another machine, show it, look it up by the name of its
/// type. The compiler makes that anew for every type, wherever one is sent or
/// an actor is spawned, and a node never uses it. Messages of ours are carried,
/// and no more. Without the second half of this file caf does the rest again.
///
/// `BERTH_MESSAGE(berth::type)` stands behind the namespace of each, in the
/// header that defines it: an empty type can be sent without, and would then be
/// two kinds of message in one program.
#define BERTH_MESSAGE(type)                                                    \
  CAF_ALLOW_UNSAFE_MESSAGE_TYPE(type)                                          \
  template <>                                                                  \
  inline constexpr bool berth::is_message<type> = true;

namespace berth {

template <class T>
inline constexpr bool is_message = false;

template <class T>
concept message = is_message<T>;

/// What is alike in all of them. `Base` is one of caf's two: a message by
/// itself, and one in its place in a mailbox.
template <class Base>
class carried : public Base {
public:
  size_t size() const noexcept final { return 1; }
  uint32_t type_token() const noexcept final;
  caf::error load(size_t, caf::deserializer&) final;
  caf::error save(size_t, caf::serializer&) const final;
  std::string stringify(size_t) const final;
  /// Only of a message that several actors share, for one that changes it. None
  /// of ours is shared: ends the process.
  caf::type_erased_value_ptr copy(size_t) const final;

  using Base::copy;
};

extern template class carried<caf::detail::message_data>;
extern template class carried<caf::type_erased_tuple>;

} // namespace berth

namespace caf {

template <berth::message T, class... Answers>
struct typed_mpi_access<
  typed_mpi<detail::type_list<T>, output_tuple<Answers...>>> {
  std::string operator()(const uniform_type_info_map&) const {
    return typeid(T).name();
  }
};

namespace detail {

template <class Base, berth::message T>
class tuple_vals_impl<Base, T> : public berth::carried<Base> {
public:
  using data_type = std::tuple<T>;

  explicit tuple_vals_impl(const T& what) : data_(what) {}
  explicit tuple_vals_impl(T&& what) : data_(std::move(what)) {}

  data_type& data() { return data_; }
  const data_type& data() const { return data_; }

  const void* get(size_t) const noexcept override {
    return &std::get<0>(data_);
  }
  void* get_mutable(size_t) override { return &std::get<0>(data_); }
  rtti_pair type(size_t) const noexcept override { return {0, &typeid(T)}; }

  using berth::carried<Base>::copy;

private:
  data_type data_;
};

} // namespace detail
} // namespace caf
