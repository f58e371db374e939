"""The words that are drawn."""

from __future__ import annotations

from typing import Final

WORDS: Final = tuple(
    """
anchor, ant, apple, arrow, axe, baby, balloon, banana, bed, bee, bell, bicycle, bird, book, boot, bottle, bowl, bread,
bridge, broom, bucket, bus, butterfly, cactus, cake, camel, camera, candle, car, carrot, castle, cat, chair, cheese,
cherry, chimney, church, clock, cloud, coat, coffee, comb, compass, cow, crab, crown, cup, dice, dog, donkey, door,
dragon, drum, duck, ear, egg, elephant, envelope, eye, feather, fence, finger, fire, fish, flag, flower, fork, fox,
frog, ghost, giraffe, glasses, glove, goat, grapes, guitar, hammer, hand, harp, hat, heart, hedgehog, helicopter,
hook, horse, hospital, house, igloo, island, jar, jellyfish, kettle, key, king, kite, knife, ladder, lamp, leaf,
lemon, letter, lighthouse, lion, lock, map, mask, melon, mirror, moon, motorbike, mountain, mouse, mouth, mushroom,
needle, nest, nose, octopus, onion, owl, palm tree, paint brush, pear, pencil, penguin, piano, pig, pillow, pineapple,
pipe, pirate, pizza, pumpkin, rabbit, rain, rainbow, ring, river, robot, rocket, rope, rose, ruler, sandwich, saw,
scarf, scissors, sheep, ship, shirt, shoe, skateboard, skull, snail, snake, snowman, sock, spider, spoon, squirrel,
stairs, star, stool, strawberry, sun, swan, sword, table, tea pot, teeth, telescope, tent, tiger, toast, tomato, tooth
brush, tractor, train, traffic light, tree, trumpet, turtle, umbrella, vase, violin, volcano, wallet, watch,
waterfall, whale, wheel, whistle, window, witch, wolf, worm, zebra
""".replace("\n", " ")
    .strip()
    .split(", ")
)
