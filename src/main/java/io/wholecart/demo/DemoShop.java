package io.wholecart.demo;

import io.wholecart.catalog.ItemDetails;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;

/**
 * A made-up shop, the same at every call: categories, products with names, and shoppers who mostly stay in two or three
 * favorite categories, view, put some of that into the cart and buy some of that.
 */
final class DemoShop {

    private static final long SEED = 42;
    private static final int SHOPPERS = 3_000;
    private static final int DAYS = 60;
    private static final double CART_AFTER_VIEW = 0.35;
    private static final double PURCHASE_AFTER_CART = 0.5;
    private static final double OFF_TASTE = 0.08;

    private static final String[] STYLES = {"Classic", "Nordic"};

    private static final Map<String, List<String>> NOUNS = Map.ofEntries(
            products(
                    "Coffee",
                    "Espresso Machine,Pour Over Kettle,Burr Grinder,French Press,Milk Frother,Moka Pot"
                            + ",Cold Brew Jug,Coffee Scale,Tamper,Travel Mug"),
            products(
                    "Tea",
                    "Teapot,Matcha Whisk,Tea Infuser,Tea Tin,Gaiwan,Tea Tray,Electric Kettle,Chai Blend"
                            + ",Oolong Sampler,Honey Dipper"),
            products(
                    "Cycling",
                    "Road Helmet,Bike Pump,Saddle Bag,Bib Shorts,Cycling Gloves,Bike Computer,Chain Lube"
                            + ",Front Light,Bottle Cage,Repair Stand"),
            products(
                    "Running",
                    "Trail Shoes,Running Vest,Sports Watch,Running Cap,Compression Socks,Foam Roller"
                            + ",Arm Band,Energy Gels,Windbreaker,Race Belt"),
            products(
                    "Camping",
                    "Two Person Tent,Sleeping Bag,Camp Stove,Headlamp,Camping Chair,Water Filter"
                            + ",Titanium Pot,Tarp,Hammock,Bear Canister"),
            products(
                    "Photography",
                    "Tripod,Camera Strap,Prime Lens,Lens Cloth,Memory Card,Light Meter,Camera Bag"
                            + ",Flash,ND Filter,Photo Printer"),
            products(
                    "Gaming",
                    "Mechanical Keyboard,Gaming Mouse,Headset,Game Controller,Mouse Pad,Capture Card"
                            + ",Racing Wheel,Gaming Chair,Monitor Arm,Joystick"),
            products(
                    "Gardening",
                    "Pruning Shears,Watering Can,Raised Bed,Seed Starter,Garden Gloves,Compost Bin"
                            + ",Garden Hose,Hand Trowel,Plant Labels,Rain Gauge"),
            products(
                    "Baking",
                    "Stand Mixer,Banneton,Rolling Pin,Cake Tin,Piping Set,Bread Lame,Kitchen Scale"
                            + ",Silicone Mat,Cookie Cutters,Pizza Stone"),
            products(
                    "Stationery",
                    "Fountain Pen,Dot Grid Notebook,Washi Tape,Ink Bottle,Desk Planner,Pencil Case"
                            + ",Letter Opener,Wax Seal Kit,Brush Pens,Paper Cutter"),
            products(
                    "Music",
                    "Acoustic Guitar,Guitar Strings,Metronome,Audio Interface,Studio Monitors,Capo"
                            + ",Music Stand,Ukulele,Condenser Microphone,Drum Sticks"),
            products(
                    "Yoga",
                    "Yoga Mat,Cork Block,Yoga Strap,Meditation Cushion,Bolster,Incense Holder,Singing Bowl"
                            + ",Eye Pillow,Yoga Wheel,Linen Blanket"));

    private final List<String> categories = NOUNS.keySet().stream().sorted().toList();
    private final List<List<String>> itemIds = new ArrayList<>();
    private final List<ItemDetails> items = new ArrayList<>();

    DemoShop() {
        Random random = new Random(SEED);
        for (String category : categories) {
            List<String> ids = new ArrayList<>();
            for (String style : STYLES) {
                for (String noun : NOUNS.getOrDefault(category, List.of())) {
                    String name = style + " " + noun;
                    String id = name.toLowerCase(Locale.ROOT).replace(' ', '-');
                    ids.add(id);
                    double price = Math.round(500 + 15_000 * random.nextDouble() * random.nextDouble()) / 100.0;
                    items.add(new ItemDetails(id, List.of(category), true, Map.of("name", name, "price", price)));
                }
            }
            itemIds.add(ids);
        }
    }

    private static Map.Entry<String, List<String>> products(String category, String nouns) {
        return Map.entry(category, List.of(nouns.split(",", -1)));
    }

    List<ItemDetails> items() {
        return items;
    }

    static String shopperId(int shopper) {
        return "shopper-%04d".formatted(shopper);
    }

    /** The categories that a shopper likes, the dearest first. */
    List<String> favorites(int shopper) {
        return favoritePlaces(shopper).stream().map(categories::get).toList();
    }

    private List<Integer> favoritePlaces(int shopper) {
        Random random = new Random(SEED + 31L * shopper);
        int count = 2 + random.nextInt(2);
        return random.ints(0, categories.size()).distinct().limit(count).boxed().toList();
    }

    /** All events in the import's CSV format, over the two months before {@code end}. */
    String events(Instant end) {
        StringBuilder csv = new StringBuilder("userId,itemId,behavior,occurredAt\n");
        for (int shopper = 1; shopper <= SHOPPERS; shopper++) {
            appendShopper(csv, shopper, end);
        }
        return csv.toString();
    }

    private void appendShopper(StringBuilder csv, int shopper, Instant end) {
        Random random = new Random(SEED * 1_000_003L + shopper);
        List<Integer> favorites = favoritePlaces(shopper);
        int views = 8 + random.nextInt(25);
        long period = Duration.ofDays(DAYS).toSeconds();
        for (int i = 0; i < views; i++) {
            int category = random.nextDouble() < OFF_TASTE
                    ? random.nextInt(categories.size())
                    : favorites.get(Math.min(favorites.size() - 1, random.nextInt(2) * random.nextInt(3)));
            String item = popular(itemIds.get(category), random);
            // The last quarter hour stays free for the cart and the purchase.
            Instant at = end.minusSeconds(900 + (long) (random.nextDouble() * period));
            append(csv, shopper, item, "view", at);
            if (random.nextDouble() < CART_AFTER_VIEW) {
                append(csv, shopper, item, "cart", at.plusSeconds(60 + random.nextInt(240)));
                if (random.nextDouble() < PURCHASE_AFTER_CART) {
                    append(csv, shopper, item, "purchase", at.plusSeconds(400 + random.nextInt(400)));
                }
            }
        }
    }

    /** The first products of a category sell best. */
    private static String popular(List<String> ids, Random random) {
        double skewed = Math.pow(random.nextDouble(), 1.6);
        return ids.get((int) (skewed * ids.size()));
    }

    private static void append(StringBuilder csv, int shopper, String item, String behavior, Instant at) {
        csv.append(shopperId(shopper))
                .append(',')
                .append(item)
                .append(',')
                .append(behavior)
                .append(',')
                .append(at)
                .append('\n');
    }
}
