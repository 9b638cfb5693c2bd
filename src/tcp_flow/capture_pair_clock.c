#include "tcp_flow/capture_pair_clock.h"

#include <stdlib.h>

#define POINTS_AT_FIRST 64u
#define SEARCH_STEPS 120u
#define WINDOWS 8u          /* parts of the time that are looked at by themselves */
#define WINDOWS_NEEDED 4u   /* with both directions, before a drift is believed */
#define SPAN_NEEDED_NS 2e9  /* the same */
#define RESOLUTION_NS 1000. /* many captures know microseconds only */

/* Of one direction, from the base, with `back` turned over so that both look alike: the line runs
 * under `forth`, and its mirror image under `back`. */
struct spot {
	double x;
	double y;
};

struct side {
	struct spot *hull; /* owned: the lower convex hull, from left to right */
	size_t count;
	double least[WINDOWS]; /* of each window, over the line; with has[] */
	bool has[WINDOWS];
};

struct fit {
	struct side forth;
	struct side back;
	int64_t base_ns;
	int64_t base_difference_ns;
	double from; /* both directions: x of the first and last point */
	double to;
};

void pair_points_finish(struct pair_points *points)
{
	free(points->list);
	*points = (struct pair_points){ 0 };
}

void pair_points_add(struct pair_points *points, int64_t at_ns, int64_t difference_ns)
{
	if (points->count == points->capacity) {
		size_t capacity = points->capacity > 0 ? points->capacity * 2 : POINTS_AT_FIRST;
		struct pair_point *grown = realloc(points->list, capacity * sizeof(*grown));

		if (!grown) {
			points->no_memory = true;
			return;
		}
		points->list = grown;
		points->capacity = capacity;
	}
	points->list[points->count++] =
		(struct pair_point){ .at_ns = at_ns, .difference_ns = difference_ns };
}

static int compare_points(const void *left, const void *right)
{
	const struct pair_point *a = left;
	const struct pair_point *b = right;

	if (a->at_ns != b->at_ns)
		return a->at_ns < b->at_ns ? -1 : 1;
	return (a->difference_ns > b->difference_ns) - (a->difference_ns < b->difference_ns);
}

static void sort_points(struct pair_points *points)
{
	for (size_t i = 1; i < points->count; i++) {
		if (compare_points(&points->list[i - 1], &points->list[i]) > 0) {
			qsort(points->list, points->count, sizeof(points->list[0]), compare_points);
			return;
		}
	}
}

static double saturating_minus(int64_t a, int64_t b)
{
	int64_t difference;

	if (__builtin_sub_overflow(a, b, &difference))
		return a < b ? (double)INT64_MIN : (double)INT64_MAX;
	return (double)difference;
}

static struct spot spot_of(const struct fit *fit, const struct pair_point *point, double sign)
{
	return (struct spot){
		.x = saturating_minus(point->at_ns, fit->base_ns),
		.y = sign * saturating_minus(point->difference_ns, fit->base_difference_ns),
	};
}

/* b lies on or over the line from a to c. */
static bool is_over(struct spot a, struct spot b, struct spot c)
{
	return (b.y - a.y) * (c.x - a.x) >= (c.y - a.y) * (b.x - a.x);
}

static bool make_hull(const struct fit *fit, const struct pair_points *points, double sign,
		      struct side *out)
{
	struct spot *hull = malloc(points->count * sizeof(*hull));
	size_t count = 0;

	if (!hull)
		return false;
	for (size_t i = 0; i < points->count; i++) {
		struct spot spot = spot_of(fit, &points->list[i], sign);

		if (count > 0 && hull[count - 1].x == spot.x) {
			if (hull[count - 1].y <= spot.y)
				continue;
			count--;
		}
		while (count > 1 && is_over(hull[count - 2], hull[count - 1], spot))
			count--;
		hull[count++] = spot;
	}
	out->hull = hull;
	out->count = count;
	return true;
}

/* How high a line of that slope may begin at x = 0 and still run under all of them. */
static double room_under(const struct side *side, double slope)
{
	double least = side->hull[0].y - slope * side->hull[0].x;

	for (size_t i = 1; i < side->count; i++) {
		double height = side->hull[i].y - slope * side->hull[i].x;

		if (height < least)
			least = height;
	}
	return least;
}

/* Twice the smallest delay, were this the drift. Concave. */
static double margin(const struct fit *fit, double slope)
{
	return room_under(&fit->forth, slope) + room_under(&fit->back, -slope);
}

static double widest_slope(const struct fit *fit)
{
	double low = -PAIR_DRIFT_MAX;
	double high = PAIR_DRIFT_MAX;

	for (unsigned i = 0; i < SEARCH_STEPS; i++) {
		double third = (high - low) / 3;

		if (margin(fit, low + third) < margin(fit, high - third))
			low += third;
		else
			high -= third;
	}
	return (low + high) / 2;
}

/* The slope furthest in the direction of `limit` whose margin is no less than `enough`. */
static double furthest_slope(const struct fit *fit, double from, double limit, double enough)
{
	if (margin(fit, limit) >= enough)
		return limit;
	for (unsigned i = 0; i < SEARCH_STEPS / 2; i++) {
		double middle = (from + limit) / 2;

		if (margin(fit, middle) >= enough)
			from = middle;
		else
			limit = middle;
	}
	return from;
}

static void look_through_windows(const struct fit *fit, const struct pair_points *points,
				 double sign, double slope, struct side *side)
{
	for (size_t i = 0; i < points->count; i++) {
		struct spot spot = spot_of(fit, &points->list[i], sign);
		double share = (spot.x - fit->from) / (fit->to - fit->from) * WINDOWS;
		unsigned window = share < WINDOWS - 1 ? (unsigned)share : WINDOWS - 1;
		double height = spot.y - sign * slope * spot.x;

		if (!side->has[window] || height < side->least[window])
			side->least[window] = height;
		side->has[window] = true;
	}
}

static int compare_doubles(const void *left, const void *right)
{
	double a = *(const double *)left;
	double b = *(const double *)right;

	return (a > b) - (a < b);
}

/*
 * By how much the margin is usually missed: the quickest segments of each part of the time, against
 * the quickest of all. A slope whose margin is narrower by no more might be the true one.
 * False: too little to go by.
 */
static bool usual_excess(struct fit *fit, const struct pair_points *forth,
			 const struct pair_points *back, double slope, double *out)
{
	double excess[WINDOWS];
	size_t count = 0;

	if (fit->to - fit->from < SPAN_NEEDED_NS)
		return false;
	look_through_windows(fit, forth, 1, slope, &fit->forth);
	look_through_windows(fit, back, -1, slope, &fit->back);
	for (unsigned i = 0; i < WINDOWS; i++) {
		if (fit->forth.has[i] && fit->back.has[i])
			excess[count++] =
				fit->forth.least[i] + fit->back.least[i] - margin(fit, slope);
	}
	if (count < WINDOWS_NEEDED)
		return false;
	qsort(excess, count, sizeof(excess[0]), compare_doubles);
	*out = 2 * excess[count / 2] + RESOLUTION_NS;
	return true;
}

static void choose_drift(struct fit *fit, const struct pair_points *forth,
			 const struct pair_points *back, struct pair_clock *out)
{
	double slope = widest_slope(fit);
	double widest = margin(fit, slope);
	double excess = 0;
	double low;
	double high;
	bool judged = usual_excess(fit, forth, back, slope, &excess);

	if (!judged && margin(fit, 0) >= 0)
		return;
	low = furthest_slope(fit, slope, -PAIR_DRIFT_MAX, widest - excess);
	high = furthest_slope(fit, slope, PAIR_DRIFT_MAX, widest - excess);
	if (low <= 0 && high >= 0 && margin(fit, 0) >= 0)
		return;
	out->has_drift = widest >= 0;
	out->drift = slope;
	out->drift_within = high - slope > slope - low ? high - slope : slope - low;
}

/* The hull at x; false: x is not over it. */
static bool hull_at(const struct side *side, double x, double *out)
{
	size_t low = 0;
	size_t high = side->count - 1;

	if (x < side->hull[0].x || x > side->hull[high].x)
		return false;
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (side->hull[middle].x <= x)
			low = middle;
		else
			high = middle;
	}
	if (low == high || side->hull[low].x == x) {
		*out = side->hull[low].y;
	} else {
		const struct spot *a = &side->hull[low];
		const struct spot *b = &side->hull[high];

		*out = a->y + (b->y - a->y) * ((x - a->x) / (b->x - a->x));
	}
	return true;
}

/* Looks at the corners of one hull for the moment at which both are closest to each other. */
static bool closest_moment(const struct fit *fit, const struct side *corners, double *closest,
			   double *x)
{
	bool found = false;

	for (size_t i = 0; i < corners->count; i++) {
		double over;
		double under;

		if (hull_at(&fit->forth, corners->hull[i].x, &over) &&
		    hull_at(&fit->back, corners->hull[i].x, &under) && over + under < *closest) {
			*closest = over + under;
			*x = corners->hull[i].x;
			found = true;
		}
	}
	return found;
}

static double larger(double a, double b)
{
	return a > b ? a : b;
}

/* A span as a double may be rounded up to 2^63, which no longer fits. */
static int64_t whole_ns(double span)
{
	const double most = 9.2e18;

	return (int64_t)(span > most ? most : span < -most ? -most : span);
}

/* Where the offset is told, and how far off it may be there whatever the delays were. */
static void choose_moment(const struct fit *fit, struct pair_clock *out)
{
	double closest = 1e300;
	double x = 0;
	double within;
	bool found = closest_moment(fit, &fit->forth, &closest, &x);
	double over = 0;
	double under = 0;

	if (closest_moment(fit, &fit->back, &closest, &x))
		found = true;
	if (!found) { /* one direction ends before the other begins: as far as clocks may drift */
		x = fit->forth.hull[0].x;
		within = larger(room_under(&fit->forth, out->drift) - out->level,
				room_under(&fit->back, -out->drift) + out->level) +
			 (fit->to - fit->from) * (PAIR_DRIFT_MAX + larger(out->drift, -out->drift));
	} else {
		double line = out->level + out->drift * x;

		(void)hull_at(&fit->forth, x, &over);
		(void)hull_at(&fit->back, x, &under);
		within = larger(over - line, under + line);
	}
	out->at_ns = fit->base_ns + whole_ns(x);
	out->offset_ns = pair_clock_difference(out, out->at_ns);
	within = larger(within, 0);
	out->within_ns = (int64_t)within + 1;
}

static void fit_both(struct fit *fit, const struct pair_points *forth,
		     const struct pair_points *back, struct pair_clock *out)
{
	double over;
	double under;

	choose_drift(fit, forth, back, out);
	over = room_under(&fit->forth, out->drift);
	under = room_under(&fit->back, -out->drift);
	out->level = (over - under) / 2;
	out->least_ns = (int64_t)((over + under) / 2);
	out->kind = over + under >= 0 ? PAIR_CLOCK_KNOWN : PAIR_CLOCK_UNSTEADY;
	choose_moment(fit, out);
}

static void fit_one(const struct fit *fit, const struct pair_point *first, struct pair_clock *out)
{
	out->kind = PAIR_CLOCK_ONE_WAY;
	out->level = fit->forth.count > 0 ? room_under(&fit->forth, 0) : -room_under(&fit->back, 0);
	out->at_ns = first->at_ns;
	out->offset_ns = pair_clock_difference(out, out->at_ns);
}

bool pair_clock_fit(struct pair_points *forth, struct pair_points *back, struct pair_clock *out)
{
	struct fit fit = { .from = 0 };
	const struct pair_points *any = forth->count > 0 ? forth : back;
	const struct pair_points *both[2] = { forth, back };
	bool done = true;

	*out = (struct pair_clock){ .kind = PAIR_CLOCK_NONE };
	if (any->count == 0)
		return true;
	sort_points(forth);
	sort_points(back);
	fit.base_ns = any->list[0].at_ns;
	fit.base_difference_ns = any->list[0].difference_ns;
	out->base_ns = fit.base_ns;
	out->base_difference_ns = fit.base_difference_ns;
	for (int i = 0; i < 2; i++) {
		double from;
		double to;

		if (both[i]->count == 0)
			continue;
		from = spot_of(&fit, &both[i]->list[0], 1).x;
		to = spot_of(&fit, &both[i]->list[both[i]->count - 1], 1).x;
		fit.from = from < fit.from ? from : fit.from;
		fit.to = to > fit.to ? to : fit.to;
		done = done &&
		       make_hull(&fit, both[i], i == 0 ? 1 : -1, i == 0 ? &fit.forth : &fit.back);
	}
	if (done && forth->count > 0 && back->count > 0)
		fit_both(&fit, forth, back, out);
	else if (done)
		fit_one(&fit, &any->list[0], out);
	free(fit.forth.hull);
	free(fit.back.hull);
	return done;
}

static int64_t saturating_add(int64_t a, int64_t b)
{
	int64_t sum;

	if (__builtin_add_overflow(a, b, &sum))
		return b < 0 ? INT64_MIN : INT64_MAX;
	return sum;
}

static int64_t rounded(double value)
{
	if (value >= 9e18)
		return INT64_MAX;
	if (value <= -9e18)
		return INT64_MIN;
	return (int64_t)(value < 0 ? value - 0.5 : value + 0.5);
}

int64_t pair_clock_difference(const struct pair_clock *clock, int64_t first_ns)
{
	double x = saturating_minus(first_ns, clock->base_ns);

	return saturating_add(clock->base_difference_ns, rounded(clock->level + clock->drift * x));
}

int64_t pair_clock_difference_at_second(const struct pair_clock *clock, int64_t second_ns)
{
	int64_t difference = clock->base_difference_ns;

	/* Each turn is better by the drift, a thousandth at most. */
	for (int i = 0; i < 6; i++)
		difference = pair_clock_difference(
			clock, saturating_add(second_ns,
					      difference == INT64_MIN ? INT64_MAX : -difference));
	return difference;
}
